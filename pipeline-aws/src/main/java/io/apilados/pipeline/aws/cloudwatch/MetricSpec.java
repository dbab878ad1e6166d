// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.cloudwatch;

import java.util.Collections;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import software.amazon.awssdk.services.cloudwatch.model.Statistic;

/**
 * One metric in CloudWatch and what is asked of it. Immutable.
 *
 * @param namespace such as {@code AWS/Lambda}
 * @param name such as {@code Duration}
 * @param dimensions all of its dimensions: with others it is another metric
 * @param statistic over the time of a point
 * @param label for people
 */
public record MetricSpec(
        String namespace, String name, Map<String, String> dimensions, Statistic statistic, String label) {

    public MetricSpec {
        if (namespace.isBlank() || name.isBlank()) {
            throw new IllegalArgumentException(
                    "namespace was '" + namespace + "' and name '" + name + "' but neither may be blank");
        }
        dimensions = Collections.unmodifiableMap(new TreeMap<>(dimensions));
        if (dimensions.size() > CloudWatchNames.MOST_DIMENSIONS) {
            throw new IllegalArgumentException(name + " had " + dimensions.size()
                    + " dimensions but there may be at most " + CloudWatchNames.MOST_DIMENSIONS);
        }
        Objects.requireNonNull(statistic, "statistic");
        if (statistic == Statistic.UNKNOWN_TO_SDK_VERSION) {
            throw new IllegalArgumentException(name + " had an unknown statistic");
        }
        Objects.requireNonNull(label, "label");
    }
}
