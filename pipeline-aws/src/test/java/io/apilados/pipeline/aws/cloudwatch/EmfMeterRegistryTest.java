// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.cloudwatch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.apilados.pipeline.aws.cloudwatch.EmfLog.Told;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.LongTaskTimer;
import io.micrometer.core.instrument.Measurement;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MockClock;
import io.micrometer.core.instrument.Statistic;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class EmfMeterRegistryTest {

    private final EmfLog log = new EmfLog();
    private final MockClock clock = new MockClock();
    private final EmfMeterRegistry registry =
            EmfMeterRegistry.builder("test").output(log.output()).clock(clock).build();

    @Test
    void aCounterTellsHowMuchItGrewSinceTheLastFlush() {
        Counter counter = registry.counter("requests");
        counter.increment(3);
        registry.flush();
        registry.flush();
        counter.increment(4);
        registry.flush();

        assertThat(log.told("requests")).extracting(Told::sum).containsExactly(3.0, 4.0);
        assertThat(log.told("requests").get(0).unit()).isEqualTo("Count");
        assertThat(counter.count()).isEqualTo(7);
    }

    @Test
    void aTimerIsOneMetricWithItsStatisticsInMilliseconds() {
        Timer timer = registry.timer("duration");
        timer.record(Duration.ofMillis(20));
        timer.record(Duration.ofMillis(5));
        timer.record(Duration.ofNanos(500_000));
        registry.flush();
        timer.record(Duration.ofSeconds(2));
        registry.flush();

        List<Told> told = log.told();
        assertThat(told).hasSize(2);
        assertThat(told.get(0).unit()).isEqualTo("Milliseconds");
        assertThat(told.get(0).count()).isEqualTo(3);
        assertThat(told.get(0).sum()).isEqualTo(25.5);
        assertThat(told.get(0).min()).isEqualTo(0.5);
        assertThat(told.get(0).max()).isEqualTo(20);
        assertThat(told.get(1).count()).isEqualTo(1);
        assertThat(told.get(1).sum()).isEqualTo(2000);
        assertThat(timer.count()).isEqualTo(4);
        assertThat(timer.totalTime(TimeUnit.SECONDS)).isEqualTo(2.0255);
        assertThat(timer.max(TimeUnit.SECONDS)).isEqualTo(2);
    }

    @Test
    void aSummaryIsOneMetricWithItsStatistics() {
        registry.summary("size").record(100);
        registry.summary("size").record(50);
        registry.flush();

        Told told = log.told("size").get(0);
        assertThat(told.count()).isEqualTo(2);
        assertThat(told.sum()).isEqualTo(150);
        assertThat(told.min()).isEqualTo(50);
        assertThat(told.max()).isEqualTo(100);
        assertThat(registry.summary("size").totalAmount()).isEqualTo(150);
    }

    @Test
    void aGaugeSaysWhatIsNowWheneverItIsToldToAndIsLeftOutWhereNothingIsUnderWay() {
        AtomicLong value = registry.gauge("inflight", new AtomicLong(3));
        registry.counter("requests").increment();
        registry.flush();
        registry.flushWithoutGauges();
        value.set(0);
        registry.flush();

        assertThat(log.told("inflight")).extracting(Told::sum).containsExactly(3.0, 0.0);
    }

    @Test
    void functionsAndTasksAreToldByTheirGrowthToo() {
        AtomicLong calls = new AtomicLong(10);
        FunctionCounter.builder("calls", calls, AtomicLong::get).register(registry);
        FunctionTimer.builder("waits", calls, AtomicLong::get, n -> n.get() * 4.0, TimeUnit.SECONDS)
                .register(registry);
        LongTaskTimer.Sample task = registry.more().longTaskTimer("task").start();
        Meter.builder(
                        "own",
                        Meter.Type.OTHER,
                        List.of(
                                new Measurement(() -> (double) calls.get(), Statistic.TOTAL),
                                new Measurement(() -> 7.0, Statistic.VALUE)))
                .register(registry);
        registry.flush();
        calls.set(12);
        clock.add(Duration.ofSeconds(3));
        registry.flush();
        task.stop();

        assertThat(log.told("calls")).extracting(Told::sum).containsExactly(10.0, 2.0);
        assertThat(log.told("waits")).extracting(Told::count).containsExactly(10.0, 2.0);
        assertThat(log.told("waits")).extracting(Told::sum).containsExactly(40_000.0, 8_000.0);
        assertThat(log.told("waits").get(1).max()).isEqualTo(4000);
        assertThat(log.told("task.active")).extracting(Told::sum).containsExactly(1.0, 1.0);
        assertThat(log.told("task").get(1).sum()).isEqualTo(3000);
        assertThat(log.told("own.total")).extracting(Told::sum).containsExactly(10.0, 2.0);
        assertThat(log.told("own.value")).extracting(Told::sum).containsExactly(7.0, 7.0);
    }

    @Test
    void theNamespaceEndsWithTheEnvironmentAndTheTimeIsThatOfTheFlush() {
        registry.counter("requests").increment();
        clock.add(Duration.ofSeconds(90));
        registry.flush();

        assertThat(log.told().get(0).namespace())
                .isEqualTo("Apilados/Pipeline/test")
                .isEqualTo(registry.namespace());
        assertThat(log.told().get(0).timestamp()).isEqualTo(clock.wallTime());
    }

    @Test
    void metersWithTheSameTagsShareADocumentAndOthersDoNot() {
        registry.counter("a", "outcome", "delivered").increment();
        registry.counter("b", "outcome", "delivered").increment();
        registry.counter("a", "outcome", "rejected").increment();
        registry.flush();

        assertThat(log.documents()).isEqualTo(2);
        assertThat(log.told("a")).extracting(Told::dimensions).hasSize(2).doesNotHaveDuplicates();
    }

    @Test
    void commonTagsAreDimensionsOfEverything() {
        registry.config().commonTags("Pipeline", "participants");
        registry.counter("a").increment();
        registry.flush();

        assertThat(log.told("a", "participants")).hasSize(1);
    }

    @Test
    void aHundredMetricsAreADocumentAndMoreAreSeveral() {
        for (int i = 0; i < 250; i++) {
            registry.counter("metric" + i).increment();
        }
        registry.flush();

        assertThat(log.documents()).isEqualTo(3);
        assertThat(log.told()).hasSize(250);
    }

    @Test
    void blankTagsAndTagsBeyondTheThirtiethAreDropped() {
        Tags tags = Tags.of("blank", " ");
        for (int i = 0; i < 40; i++) {
            tags = tags.and("tag" + (10 + i), "v");
        }
        registry.counter("a", tags).increment();
        registry.flush();

        assertThat(log.told("a").get(0).dimensions())
                .hasSize(30)
                .doesNotContainKey("blank")
                .containsKeys("tag10", "tag39");
    }

    @Test
    void whatIsNoNumberIsNotTold() {
        AtomicReference<Double> value = new AtomicReference<>(Double.NaN);
        Gauge.builder("odd", value, AtomicReference::get).register(registry);
        registry.flush();
        value.set(Double.NEGATIVE_INFINITY);
        registry.flush();
        assertThat(log.documents()).isZero();
        value.set(1.5);
        registry.flush();

        assertThat(log.told("odd")).extracting(Told::sum).containsExactly(1.5);
    }

    @Test
    void aMetricThatIsNamedAsItsOwnDimensionIsNotToldAndTheOthersAre() {
        registry.counter("a", "a", "x").increment();
        registry.counter("b", "a", "x").increment();
        registry.counter("_aws").increment();
        registry.flush();

        assertThat(log.told()).extracting(Told::name).containsExactly("b");
    }

    @Test
    void namesThatBecomeTheSameAreToldInDocumentsOfTheirOwn() {
        registry.counter("a\u00e1").increment();
        registry.counter("a\u00e9").increment(2);
        registry.flush();

        assertThat(log.documents()).isEqualTo(2);
        assertThat(log.sum("a_")).isEqualTo(3);
    }

    @Test
    void nothingIsWrittenWhereThereIsNothingToTell() {
        registry.counter("requests");
        registry.timer("duration");
        registry.flush();

        assertThat(log.documents()).isZero();
    }

    @Test
    void closingFlushesOnce() {
        registry.counter("requests").increment();
        registry.close();
        registry.close();

        assertThat(log.told("requests")).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a b", "x:y", "\u00e1"})
    void refusesAnEnvironmentThatIsNoPartOfANamespace(String environment) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> EmfMeterRegistry.of(environment))
                .withMessageStartingWith("environment was '" + environment + "' but it must be");
    }

    @Test
    void whateverNamesAndValuesThereAreTheLinesAreAsSpecified() {
        Random random = new Random(5);
        for (int round = 0; round < 20; round++) {
            EmfMeterRegistry odd =
                    EmfMeterRegistry.builder("test").output(log.output()).build();
            for (int i = 0; i < 150; i++) {
                String name = text(random, 1 + random.nextInt(300));
                Tags tags = Tags.empty();
                for (int t = random.nextInt(3); t > 0; t--) {
                    tags = tags.and(text(random, 1 + random.nextInt(300)), text(random, random.nextInt(1300)));
                }
                double value = Double.longBitsToDouble(random.nextLong());
                if (i % 2 == 0) {
                    odd.counter(name, tags).increment(value);
                } else {
                    odd.summary(name, tags).record(value);
                }
            }
            odd.flush();
        }

        assertThat(log.told()).hasSizeGreaterThan(1000);
    }

    private static String text(Random random, int length) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < length; i++) {
            text.append(random.nextInt(4) > 0 ? (char) (' ' + random.nextInt(96)) : (char) random.nextInt(0x800));
        }
        return text.toString();
    }

    @Test
    void flushesBesideThreadsThatRecordTellEverythingOnce() throws Exception {
        int each = 20_000;
        ExecutorService threads = Executors.newFixedThreadPool(3);
        try {
            CountDownLatch start = new CountDownLatch(1);
            List<Future<?>> recording = new ArrayList<>();
            for (int t = 0; t < 3; t++) {
                recording.add(threads.submit(() -> {
                    start.await();
                    for (int i = 0; i < each; i++) {
                        registry.counter("requests").increment();
                        registry.timer("duration").record(1, TimeUnit.MILLISECONDS);
                    }
                    return null;
                }));
            }
            start.countDown();
            while (!recording.stream().allMatch(Future::isDone)) {
                registry.flush();
            }
            for (Future<?> one : recording) {
                one.get();
            }
        } finally {
            threads.shutdownNow();
        }
        registry.flush();

        assertThat(log.sum("requests")).isEqualTo(3 * each);
        assertThat(log.sum("duration")).isEqualTo(3 * each);
        assertThat(log.told("duration").stream().mapToDouble(Told::count).sum()).isEqualTo(3 * each);
    }
}
