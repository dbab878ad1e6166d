// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.spark;

import io.apilados.pipeline.control.LeasedRateLimit;
import io.apilados.pipeline.control.RateLimit;
import io.apilados.pipeline.control.RequestBudget;
import io.apilados.pipeline.control.Scheduler;
import java.io.IOException;
import java.io.InterruptedIOException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** This process's part of a rate, and the thread that asks for it anew. */
final class SharedRate implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(SharedRate.class);

    private final RateLimit limit;
    private final @Nullable Thread renewing;

    private SharedRate(RateLimit limit, @Nullable Thread renewing) {
        this.limit = limit;
        this.renewing = renewing;
    }

    /** As the job's shares say; waits for the first lease. */
    static SharedRate of(SplitJob<?> job, ExecutorRuntimes.@Nullable Plugged plugged, Scheduler scheduler)
            throws IOException {
        RequestShares shares = job.spec().shares;
        if (shares == null) {
            return new SharedRate(RateLimit.adaptive(scheduler), null);
        }
        if (!shares.isLeased()) {
            return new SharedRate(RequestBudget.divided(shares.perSecond(), shares.executors()), null);
        }
        if (plugged == null) {
            throw new IOException("the rate of requests is leased but this executor has no "
                    + BudgetPlugin.class.getName() + "; name it in spark.plugins");
        }
        LeasedRateLimit leased = new LeasedRateLimit(
                plugged.executorId(),
                request -> plugged.driver().ask(new BudgetQuestion(job.id(), shares.perSecond(), request)),
                scheduler);
        awaitFirst(leased, scheduler);
        Thread renewing = new Thread(() -> renew(leased, scheduler), "pipeline-budget");
        renewing.setDaemon(true);
        renewing.start();
        return new SharedRate(leased, renewing);
    }

    private static void awaitFirst(LeasedRateLimit leased, Scheduler scheduler) throws IOException {
        try {
            while (!leased.renew()) {
                scheduler.pause(LeasedRateLimit.RENEWAL.dividedBy(10));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while waiting for a part of the request budget");
        }
    }

    private static void renew(LeasedRateLimit leased, Scheduler scheduler) {
        boolean told = false;
        while (true) {
            try {
                scheduler.pause(LeasedRateLimit.RENEWAL);
                boolean unused = leased.renew();
                told = false;
            } catch (InterruptedException e) {
                return;
            } catch (IOException e) {
                if (Thread.currentThread().isInterrupted()) {
                    return;
                }
                if (!told) {
                    LOG.warn("{}; requests go on at a crawl when the lease ends", e.getMessage());
                    told = true;
                }
            }
        }
    }

    RateLimit limit() {
        return limit;
    }

    @Override
    public void close() {
        if (renewing != null) {
            renewing.interrupt();
        }
    }
}
