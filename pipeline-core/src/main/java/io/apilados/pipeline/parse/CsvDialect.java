// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.parse;

import org.jspecify.annotations.Nullable;

/**
 * How a CSV file is written. {@link #RFC_4180} is the default; LF, CRLF and CR end a record in every dialect, and no
 * line is a comment.
 *
 * @param delimiter between fields; a printable ASCII character or a tab
 * @param quote around fields that hold a delimiter, a line end or a quote, doubled inside; null if the file never quotes
 * @param escape takes the meaning away from the character after it; null in most files
 * @param bareQuotes what to make of a quote inside of an unquoted field
 */
public record CsvDialect(
        char delimiter, @Nullable Character quote, @Nullable Character escape, BareQuotes bareQuotes) {

    /** What to make of a quote that stands inside of a field which does not begin with one. */
    public enum BareQuotes {
        /** It is a character like others, and the record counts as odd. Official school catalogs have them. */
        LITERAL,
        /** Its record is rejected. */
        REJECT
    }

    /** Comma, double quote, no escape; bare quotes are literal. */
    public static final CsvDialect RFC_4180 = new CsvDialect(',', '"', null, BareQuotes.LITERAL);

    public CsvDialect {
        require("delimiter", delimiter);
        if (quote != null) {
            require("quote", quote);
        }
        if (escape != null) {
            require("escape", escape);
        }
        boolean ambiguous = (quote != null && quote == delimiter)
                || (escape != null && (escape == delimiter || escape.equals(quote)));
        if (ambiguous) {
            throw new IllegalArgumentException(
                    "delimiter, quote and escape must be three different characters; choose others");
        }
    }

    /** The same with another delimiter. */
    public CsvDialect withDelimiter(char other) {
        return new CsvDialect(other, quote, escape, bareQuotes);
    }

    /** The same with another quote, or with none. */
    public CsvDialect withQuote(@Nullable Character other) {
        return new CsvDialect(delimiter, other, escape, bareQuotes);
    }

    /** The same with another escape, or with none. */
    public CsvDialect withEscape(@Nullable Character other) {
        return new CsvDialect(delimiter, quote, other, bareQuotes);
    }

    /** The same with another view of bare quotes. */
    public CsvDialect withBareQuotes(BareQuotes other) {
        return new CsvDialect(delimiter, quote, escape, other);
    }

    /** Whether a record of this dialect, copied as it stands, is a record of RFC 4180. */
    boolean readsAsRfc4180() {
        return delimiter == ',' && quote != null && quote == '"' && escape == null;
    }

    private static void require(String name, char c) {
        if (c != '\t' && (c < ' ' || c > '~')) {
            throw new IllegalArgumentException(
                    name + " was character " + (int) c + " but it must be a tab or a printable ASCII character");
        }
    }
}
