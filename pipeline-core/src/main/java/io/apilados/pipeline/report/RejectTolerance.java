// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.report;

/**
 * How many rejected records a run bears before it stops. Judged in the order of the source, as records are written to
 * the reject file, so that the same file stops at the same record in every run. A run that goes on from where another one
 * stopped for it stops at once, until more is tolerated.
 *
 * @param most the most records, 0 or more
 * @param mostShare the largest share of the records that were read, from 0 to 1
 * @param shareFrom so many records have to be read before the share is judged, 1 or more
 */
public record RejectTolerance(long most, double mostShare, long shareFrom) {

    public RejectTolerance {
        if (most < 0) {
            throw new IllegalArgumentException("most was " + most + " but it must be 0 or more");
        }
        if (!(mostShare >= 0 && mostShare <= 1)) {
            throw new IllegalArgumentException("mostShare was " + mostShare + " but it must be between 0 and 1");
        }
        if (shareFrom < 1) {
            throw new IllegalArgumentException("shareFrom was " + shareFrom + " but it must be 1 or more");
        }
    }

    /** Any number. The default where there is a place for them. */
    public static RejectTolerance unlimited() {
        return new RejectTolerance(Long.MAX_VALUE, 1, 1);
    }

    /** At most so many. */
    public static RejectTolerance count(long most) {
        return new RejectTolerance(most, 1, 1);
    }

    /** At most this share, judged once 1,000 records have been read. */
    public static RejectTolerance share(double mostShare) {
        return new RejectTolerance(Long.MAX_VALUE, mostShare, 1000);
    }

    /** Whether so many rejected records among so many that were read are too many. */
    public boolean isExceeded(long rejected, long read) {
        return rejected > most || (read >= shareFrom && rejected > mostShare * read);
    }

    /** Why the run stops. */
    public String describe(long rejected, long read) {
        String rule = rejected > most ? most + " are tolerated" : mostShare * 100 + " % are tolerated";
        return rejected + " of " + read + " records were rejected, but " + rule
                + "; look at the reject file, correct the input or raise the tolerance";
    }
}
