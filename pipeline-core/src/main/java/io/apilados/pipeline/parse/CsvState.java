// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.parse;

/** Where the automaton of {@link CsvScanner} can stand between two bytes. */
enum CsvState {
    /** Between two records, or in blank lines. */
    RECORD_START,
    /** After a carriage return that ended a record or a blank line; a line feed may still belong to it. */
    AFTER_CR,
    /** Inside of a record, where a field begins. */
    FIELD_START,
    /** Inside of an unquoted field. */
    UNQUOTED,
    /** After an escape in an unquoted field. */
    ESCAPED,
    /** Inside of quotes. */
    QUOTED,
    /** After an escape inside of quotes. */
    QUOTED_ESCAPED,
    /** After a quote inside of quotes, which closes them unless another one follows. */
    AFTER_QUOTE,
    /** In the blanks after a closing quote. */
    AFTER_BLANK,
    /** After a byte that may not follow a closing quote: only the reader knows where to go on. */
    BROKEN;

    private static final CsvState[] ALL = values();

    static int count() {
        return ALL.length;
    }

    static CsvState of(int ordinal) {
        return ALL[ordinal];
    }

    /** Whether a record has begun and has not ended. */
    boolean isInRecord() {
        return this != RECORD_START && this != AFTER_CR && this != BROKEN;
    }

    /** Whether a source that ends here has left a quote open. */
    boolean isInQuotes() {
        return this == QUOTED || this == QUOTED_ESCAPED;
    }
}
