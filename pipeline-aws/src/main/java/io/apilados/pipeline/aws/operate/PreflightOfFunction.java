// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.operate;

import io.apilados.pipeline.aws.operate.PreflightCheck.Given;
import io.apilados.pipeline.aws.operate.PreflightCheck.Outcome;
import io.apilados.pipeline.control.Scheduler;
import software.amazon.awssdk.services.lambda.LambdaClient;
import software.amazon.awssdk.services.lambda.model.GetFunctionConfigurationResponse;
import software.amazon.awssdk.services.lambda.model.SnapStartApplyOn;

/** What a function's configuration tells. */
record PreflightOfFunction(Given given, Scheduler scheduler) {

    private static final String NO_FUNCTION = "no function was named";

    Outcome memory() {
        LambdaClient lambda = given.lambda();
        TuningResult tuning = given.tuning();
        if (tuning == null) {
            return Outcome.unknown("no tuning result was handed in; tune the function and hand in its JSON");
        }
        if (lambda == null) {
            return Outcome.unknown(NO_FUNCTION);
        }
        int memoryMb = configuration(lambda).memorySize();
        int chosen = tuning.chosen().memoryMb();
        boolean rival = tuning.rivals().stream().anyMatch(trial -> trial.memoryMb() == memoryMb);
        return Outcome.when(
                memoryMb == chosen || rival,
                "the function has " + memoryMb + " MB; tuning of " + tuning.measuredAt() + " chose " + chosen
                        + " MB by " + tuning.strategy()
                        + (rival ? ", of which this differs by no more than noise" : ""));
    }

    Outcome coldStart() {
        LambdaClient lambda = given.lambda();
        if (lambda == null) {
            return Outcome.unknown(NO_FUNCTION);
        }
        GetFunctionConfigurationResponse found = configuration(lambda);
        if (found.snapStart() != null && found.snapStart().applyOn() == SnapStartApplyOn.PUBLISHED_VERSIONS) {
            return Outcome.pass("SnapStart is on for published versions");
        }
        String qualifier = given.qualifier();
        if (qualifier == null) {
            return Outcome.unknown(
                    "SnapStart is off; name the alias that is invoked to have its provisioned concurrency"
                            + " looked at");
        }
        int ready =
                LambdaConfigurator.of(lambda, found.functionName(), scheduler).provisioned(qualifier);
        return Outcome.when(
                ready > 0, "SnapStart is off, and " + ready + " environments are kept ready for " + qualifier);
    }

    private GetFunctionConfigurationResponse configuration(LambdaClient lambda) {
        return lambda.getFunctionConfiguration(request -> request.functionName(given.functionName()));
    }
}
