// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.cloudwatch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.apilados.pipeline.aws.testing.AwsStub;
import io.apilados.pipeline.aws.testing.CloudWatchStub.Datum;
import io.apilados.pipeline.control.Scheduler;
import io.apilados.pipeline.control.Signal;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MockClock;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Timer;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import software.amazon.awssdk.core.SdkSystemSetting;
import software.amazon.awssdk.services.cloudwatch.CloudWatchClient;

@Timeout(60)
class CloudWatchMeterRegistryTest {

    private final MockClock clock = new MockClock();
    private final Steps steps = new Steps();
    private AwsStub stub;
    private CloudWatchClient client;
    private CloudWatchMeterRegistry registry;

    /** Time that passes when a test says so. */
    private static final class Steps implements Scheduler {
        private final SynchronousQueue<Boolean> ends = new SynchronousQueue<>();

        /** One step is over; the next begins when this returns. */
        void end() throws InterruptedException {
            assertThat(ends.offer(true, 30, TimeUnit.SECONDS)).isTrue();
        }

        @Override
        public void pause(Duration time) throws InterruptedException {
            ends.take();
        }

        @Override
        public long nanoTime() {
            return 0;
        }

        @Override
        public long epochMillis() {
            return 0;
        }

        @Override
        public Cancellable schedule(Runnable task, Duration delay) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void await(Signal signal, BooleanSupplier condition) {
            throw new UnsupportedOperationException();
        }
    }

    @BeforeEach
    void start() throws IOException {
        stub = AwsStub.start();
        client = stub.cloudWatchClient();
        registry = CloudWatchMeterRegistry.builder(client, "test")
                .clock(clock)
                .scheduler(steps)
                .build();
    }

    @AfterEach
    void stop() {
        registry.close();
        client.close();
        stub.close();
    }

    private List<Datum> told(String name) {
        return stub.cloudWatch().data().stream()
                .filter(datum -> datum.name().equals(name))
                .toList();
    }

    /** One that holds its value: otherwise a collection may take it. */
    private void gauge(String name, List<Tag> tags, double value) {
        Gauge unused = Gauge.builder(name, () -> value).tags(tags).register(registry);
    }

    @Test
    void tellsWhatIsNewOfEachMeterAsOneDatum() {
        Counter counter = registry.counter("records", "outcome", "delivered");
        Timer timer = registry.timer("request");
        AtomicInteger gauge = registry.gauge("inflight", new AtomicInteger(3));
        counter.increment(5);
        timer.record(Duration.ofMillis(20));
        timer.record(Duration.ofMillis(40));
        timer.record(Duration.ofMillis(90));
        registry.publish();
        counter.increment(2);
        gauge.set(4);
        clock.add(Duration.ofMinutes(1));
        registry.publish();

        assertThat(told("records")).extracting(Datum::sum).containsExactly(5.0, 2.0);
        assertThat(told("records")).allSatisfy(datum -> {
            assertThat(datum.namespace()).isEqualTo("Apilados/Pipeline/test");
            assertThat(datum.dimensions()).isEqualTo(Map.of("outcome", "delivered"));
            assertThat(datum.unit()).isEqualTo("Count");
        });
        assertThat(told("records").get(1).time())
                .isEqualTo(told("records").get(0).time().plusSeconds(60));
        assertThat(told("request")).singleElement().satisfies(datum -> {
            assertThat(datum.count()).isEqualTo(3);
            assertThat(datum.sum()).isEqualTo(150);
            assertThat(datum.min()).isEqualTo(20);
            assertThat(datum.max()).isEqualTo(90);
            assertThat(datum.unit()).isEqualTo("Milliseconds");
        });
        assertThat(told("inflight")).extracting(Datum::sum).containsExactly(3.0, 4.0);
    }

    @Test
    void leavesOutWhatCloudWatchDoesNotTake() {
        gauge("nan", List.of(), Double.NaN);
        gauge("infinite", List.of(), Double.POSITIVE_INFINITY);
        gauge("huge", List.of(), 1e200);
        gauge("good", List.of(Tag.of("blank", " "), Tag.of("kept", "señal")), 1);

        registry.publish();

        assertThat(stub.cloudWatch().data()).singleElement().satisfies(datum -> {
            assertThat(datum.name()).isEqualTo("good");
            assertThat(datum.dimensions()).isEqualTo(Map.of("kept", "se_al"));
        });
    }

    @Test
    void neverSendsMoreThanAThousandDataInOneCall() {
        for (int i = 0; i < 2500; i++) {
            gauge("gauge", List.of(Tag.of("n", Integer.toString(i))), i);
        }

        registry.publish();

        assertThat(stub.cloudWatch().data()).hasSize(2500);
        assertThat(stub.calls("PutMetricData"))
                .hasSize(3)
                .allSatisfy(call ->
                        assertThat((List<?>) call.input().get("MetricData")).hasSizeLessThanOrEqualTo(1000));
    }

    @Test
    void neverSendsMoreThanAMegabyteInOneCallAndSendsNearlyAsMuch() {
        List<Tag> tags = new ArrayList<>();
        for (int i = 0; i < 29; i++) {
            tags.add(Tag.of("k".repeat(200) + i, "v".repeat(1000)));
        }
        for (int i = 0; i < 100; i++) {
            List<Tag> own = new ArrayList<>(tags);
            own.add(Tag.of("n", Integer.toString(i)));
            gauge("gauge", own, i);
        }

        registry.publish();

        assertThat(stub.cloudWatch().data()).hasSize(100);
        List<AwsStub.Call> calls = stub.calls("PutMetricData");
        assertThat(calls).allSatisfy(call -> assertThat(call.body()).hasSizeLessThan(1_000_000));
        assertThat(calls.get(0).body()).hasSizeGreaterThan(900_000);
    }

    @Test
    void throttlingAndFailuresAreRetriedByTheClient() {
        registry.counter("records").increment();
        stub.refuseNext("PutMetricData", 400, "Throttling");
        stub.refuseNext("PutMetricData", 500, "InternalServiceFault");

        registry.publish();

        assertThat(stub.calls("PutMetricData"))
                .extracting(AwsStub.Call::attempt)
                .containsExactly(1, 2, 3);
        assertThat(told("records")).extracting(Datum::sum).containsExactly(1.0);
    }

    @Test
    void whatCouldNotBeSentIsSentWithTheNextStepUnderItsOwnTime() {
        stub.refuseAll("PutMetricData", 503, "ServiceUnavailable");
        Counter counter = registry.counter("records");
        counter.increment(5);
        registry.publish();
        int attempts = stub.calls("PutMetricData").size();
        assertThat(told("records")).isEmpty();
        stub.refuseNoMore();
        counter.increment(2);
        clock.add(Duration.ofMinutes(1));

        registry.publish();

        assertThat(attempts).isGreaterThan(1);
        assertThat(told("records")).extracting(Datum::sum).containsExactly(5.0, 2.0);
        assertThat(told("records").get(0).time())
                .isBefore(told("records").get(1).time());
    }

    @Test
    void whatIsRefusedIsDroppedAndDoesNotComeAgain() {
        stub.refuseNext("PutMetricData", 400, "InvalidParameterValueException");
        registry.counter("records").increment(5);

        registry.publish();
        registry.publish();

        assertThat(stub.calls("PutMetricData")).hasSize(1);
        assertThat(told("records")).isEmpty();
    }

    @Test
    void theOldestDataGoWhenTooManyWait() {
        for (int i = 0; i < 7000; i++) {
            gauge("gauge", List.of(Tag.of("n", Integer.toString(i))), i);
        }
        stub.refuseAll("PutMetricData", 503, "ServiceUnavailable");
        for (int step = 0; step < 3; step++) {
            registry.publish();
        }

        assertThat(registry.unsentData()).isEqualTo(CloudWatchMeterRegistry.MOST_UNSENT);
        stub.refuseNoMore();
        registry.publish();
        assertThat(registry.unsentData()).isZero();
        assertThat(stub.cloudWatch().data()).hasSize(CloudWatchMeterRegistry.MOST_UNSENT + 7000);
    }

    @Test
    void publishesAtTheEndOfEachStepAndOnceMoreWhenItIsClosed() throws InterruptedException {
        Counter counter = registry.counter("records");
        counter.increment(1);
        steps.end();
        steps.end();
        assertThat(told("records")).extracting(Datum::sum).startsWith(1.0);
        counter.increment(7);

        registry.close();
        registry.close();

        assertThat(told("records").stream().mapToDouble(Datum::sum).sum()).isEqualTo(8);
        assertThat(registry.isClosed()).isTrue();
    }

    @Test
    void largeRequestsAreCompressedByTheClientAndReadAllTheSame() {
        assertThat(SdkSystemSetting.AWS_DISABLE_REQUEST_COMPRESSION.getStringValue())
                .isEmpty();
        for (int i = 0; i < 300; i++) {
            gauge("gauge", List.of(Tag.of("n", Integer.toString(i))), i);
        }
        registry.publish();
        assertThat(told("gauge").stream().mapToDouble(Datum::sum).sum()).isEqualTo(299 * 300 / 2.0);
    }

    @Test
    void refusesWhatCannotBeSet() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> CloudWatchMeterRegistry.builder(client, "a b"))
                .withMessageContaining("environment was 'a b'");
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () -> CloudWatchMeterRegistry.builder(client, "test").step(Duration.ofMillis(999)))
                .withMessage("step was PT0.999S but it must be 1 s to 1 h");
    }
}
