// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.examples.crash;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What the files of a {@link LedgerApi} tell.
 *
 * @param timesApplied how often each record was applied, by id
 * @param requests what came in, in order
 */
record ApiLedger(Map<String, Integer> timesApplied, List<Request> requests) {

    /** A request that came in whole, from the run of this number. */
    record Request(int run, String key, List<String> ids) {}

    /**
     * What a run sent that an earlier run had sent already.
     *
     * @param batches batches with such a record; the parts of a batch that was split are not counted beside it
     * @param records such records
     * @param largest records in the largest of the batches
     */
    record Resent(int batches, int records, int largest) {}

    static ApiLedger read(Path folder) throws IOException {
        Map<String, Integer> applied = new HashMap<>();
        for (String[] words : lines(folder.resolve(LedgerApi.LEDGER))) {
            if (words[1].equals("200")) {
                ids(words[2]).forEach(id -> applied.merge(id, 1, Integer::sum));
            }
        }
        List<Request> requests = new ArrayList<>();
        for (String[] words : lines(folder.resolve(LedgerApi.RECEIVED))) {
            requests.add(new Request(Integer.parseInt(words[1]), words[2], ids(words[3])));
        }
        return new ApiLedger(applied, requests);
    }

    private static List<String[]> lines(Path file) throws IOException {
        if (!Files.exists(file)) {
            return List.of();
        }
        String text = Files.readString(file);
        return text.substring(0, text.lastIndexOf('\n') + 1)
                .lines()
                .map(line -> line.split(" ", -1))
                .toList();
    }

    private static List<String> ids(String joined) {
        return List.of(joined.split(",", -1));
    }

    long requestsOf(int run) {
        return requests.stream().filter(request -> request.run == run).count();
    }

    int largestBatch() {
        return requests.stream().mapToInt(request -> request.ids.size()).max().orElse(0);
    }

    Resent resentBy(int run) {
        Set<String> before = new HashSet<>();
        requests.stream().filter(request -> request.run < run).forEach(request -> before.addAll(request.ids));
        Set<String> again = new HashSet<>();
        int batches = 0;
        int largest = 0;
        for (Request request : requests) {
            if (request.run == run) {
                int known = again.size();
                request.ids.stream().filter(before::contains).forEach(again::add);
                // A part comes after its batch, and so brings nothing that is new to the set.
                if (again.size() > known) {
                    batches++;
                    largest = Math.max(largest, request.ids.size());
                }
            }
        }
        return new Resent(batches, again.size(), largest);
    }
}
