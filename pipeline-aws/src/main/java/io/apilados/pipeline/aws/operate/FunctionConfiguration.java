// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.operate;

import io.apilados.pipeline.control.Scheduler;
import java.time.Duration;
import java.util.function.Consumer;
import software.amazon.awssdk.services.lambda.LambdaClient;
import software.amazon.awssdk.services.lambda.model.GetFunctionConfigurationResponse;
import software.amazon.awssdk.services.lambda.model.LastUpdateStatus;
import software.amazon.awssdk.services.lambda.model.ResourceConflictException;
import software.amazon.awssdk.services.lambda.model.UpdateFunctionConfigurationRequest;

/** The configuration of one function, which is read and written only while no update is under way. */
final class FunctionConfiguration {

    /** Between two looks, as the waiters of the AWS SDK have it. */
    private static final Duration BETWEEN_LOOKS = Duration.ofSeconds(1);

    /** As long as the SDK's waiter for an update: 300 looks. */
    private static final Duration PATIENCE = Duration.ofMinutes(5);

    private final LambdaClient client;
    private final String functionName;
    private final Scheduler scheduler;

    FunctionConfiguration(LambdaClient client, String functionName, Scheduler scheduler) {
        this.client = client;
        this.functionName = functionName;
        this.scheduler = scheduler;
    }

    /**
     * The configuration once no update is under way.
     *
     * @throws IllegalStateException if the last update failed, or does not come to its end within 5 minutes
     */
    GetFunctionConfigurationResponse awaitUpdated() throws InterruptedException {
        long deadline = scheduler.nanoTime() + PATIENCE.toNanos();
        while (true) {
            GetFunctionConfigurationResponse now =
                    client.getFunctionConfiguration(request -> request.functionName(functionName));
            if (now.lastUpdateStatus() == LastUpdateStatus.FAILED) {
                throw new IllegalStateException("function " + functionName + ": its last update failed ("
                        + now.lastUpdateStatusReasonCodeAsString() + "); look into it, then begin again");
            }
            if (now.lastUpdateStatus() != LastUpdateStatus.IN_PROGRESS) {
                return now;
            }
            if (scheduler.nanoTime() >= deadline) {
                throw new IllegalStateException("function " + functionName + ": an update was still under way after "
                        + PATIENCE.toMinutes() + " min; look into it, then begin again");
            }
            scheduler.pause(BETWEEN_LOOKS);
        }
    }

    /** Writes, and waits until it is in force. Where another update came first, it waits for that and writes again. */
    GetFunctionConfigurationResponse update(Consumer<UpdateFunctionConfigurationRequest.Builder> change)
            throws InterruptedException {
        long deadline = scheduler.nanoTime() + PATIENCE.toNanos();
        while (true) {
            try {
                client.updateFunctionConfiguration(request -> {
                    request.functionName(functionName);
                    change.accept(request);
                });
                return awaitUpdated();
            } catch (ResourceConflictException e) {
                if (scheduler.nanoTime() >= deadline) {
                    throw e;
                }
                scheduler.pause(BETWEEN_LOOKS);
                awaitUpdated();
            }
        }
    }
}
