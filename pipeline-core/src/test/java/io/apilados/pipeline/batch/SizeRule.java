// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.batch;

/** What says how many records the next batch takes: ours, a rival's or a constant. */
interface SizeRule {

    int size();

    void onSample(BatchSample sample);

    static SizeRule adaptive() {
        BatchSizer sizer = new BatchSizer(BatchSizing.ofDefaults());
        return new SizeRule() {
            @Override
            public int size() {
                return sizer.size();
            }

            @Override
            public void onSample(BatchSample sample) {
                sizer.onSample(sample);
            }
        };
    }

    static SizeRule fixed(int records) {
        return new SizeRule() {
            @Override
            public int size() {
                return records;
            }

            @Override
            public void onSample(BatchSample sample) {}
        };
    }
}
