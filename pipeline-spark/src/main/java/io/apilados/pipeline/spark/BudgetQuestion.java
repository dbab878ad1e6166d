// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.spark;

import io.apilados.pipeline.control.LeaseRequest;
import java.io.Serializable;

/** What an executor asks the driver; the answer is a lease. */
record BudgetQuestion(String jobId, double perSecond, LeaseRequest request) implements Serializable {}
