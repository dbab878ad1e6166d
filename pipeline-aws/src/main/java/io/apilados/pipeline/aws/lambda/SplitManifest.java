// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.lambda;

import io.apilados.pipeline.checkpoint.SplitStore;
import io.apilados.pipeline.enrich.JsonBuffer;
import io.apilados.pipeline.source.Split;
import io.apilados.pipeline.source.SplitPlan;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/**
 * The list of what workers have to do: for each split of a plan one line of JSON, {@code {"manifest":"<plan>","split":7}},
 * which is the event of one worker. It stands beside what the splits leave, in the same store:
 *
 * <table>
 * <caption>Objects</caption>
 * <tr><td>{@code <plan>/manifest.jsonl}</td><td>the lines, for Step Functions to read</td></tr>
 * <tr><td>{@code <plan>/plan.json}</td><td>the plan, for the workers</td></tr>
 * </table>
 *
 * <p>Step Functions is to read this, and never the CSV itself: its reader takes a backslash for an escape and knows
 * nothing of the dialects and limits of a {@link io.apilados.pipeline.parse.CsvParser}.
 */
public final class SplitManifest {

    private SplitManifest() {}

    /**
     * Writes plan and manifest. The same plan writes the same again.
     *
     * @return what the manifest is called, which is the plan's id: what a state machine is started with
     */
    public static String publish(SplitPlan plan, SplitStore store) throws IOException {
        store.write(planName(plan.planId()), plan.toJson().getBytes(StandardCharsets.UTF_8));
        JsonBuffer lines = new JsonBuffer();
        for (Split split : plan.splits()) {
            writeItem(plan.planId(), split.index(), lines.raw("{"));
            lines.raw("}\n");
        }
        store.write(name(plan.planId()), lines.copy(0, lines.length()));
        return plan.planId();
    }

    static void writeItem(String manifest, int split, JsonBuffer json) {
        json.raw("\"manifest\":").string(manifest).raw(",\"split\":").number(split);
    }

    /** What the manifest is called in the store. */
    public static String name(String manifest) {
        return manifest + "/manifest.jsonl";
    }

    private static String planName(String manifest) {
        return manifest + "/plan.json";
    }

    /**
     * The plan of a manifest.
     *
     * @throws IOException if there is none of this name, or the store cannot be read
     */
    public static SplitPlan plan(String manifest, SplitStore store) throws IOException {
        byte[] plan = store.read(planName(manifest))
                .orElseThrow(() -> new IOException("there is no manifest '" + manifest
                        + "' in the store; publish it, or look whether worker and publisher have the same store"));
        return SplitPlan.fromJson(new String(plan, StandardCharsets.UTF_8));
    }
}
