// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.spark;

import io.apilados.pipeline.control.LeaseRequest;
import io.apilados.pipeline.control.RequestLease;
import java.time.Duration;

/**
 * What an executor asks the driver. On the way question and answer are objects of the JDK's own classes: Spark reads messages
 * by a class loader that does not know the jars of {@code --jars}.
 */
record BudgetQuestion(String jobId, double perSecond, LeaseRequest request) {

    Object[] toMessage() {
        return new Object[] {
            jobId,
            perSecond,
            request.holder(),
            request.perSecond(),
            request.committed().toNanos()
        };
    }

    static BudgetQuestion of(Object message) {
        Object[] parts = (Object[]) message;
        return new BudgetQuestion(
                (String) parts[0],
                (double) parts[1],
                new LeaseRequest((String) parts[2], (double) parts[3], Duration.ofNanos((long) parts[4])));
    }

    static Object[] toMessage(RequestLease lease) {
        return new Object[] {lease.perSecond(), lease.term().toNanos()};
    }

    static RequestLease leaseOf(Object message) {
        Object[] parts = (Object[]) message;
        return new RequestLease((double) parts[0], Duration.ofNanos((long) parts[1]));
    }
}
