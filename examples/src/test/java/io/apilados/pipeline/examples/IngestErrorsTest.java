// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What goes wrong is told in one line that says what and where, never by a stack trace, never with the text of a record;
 * and the exit code says of what kind it is.
 */
@Timeout(120)
class IngestErrorsTest {

    private static final int ROWS = 200;

    /** No run of those that name it comes so far as to send something. */
    private static final String UNUSED = "http://127.0.0.1:9/records";

    @TempDir
    private Path folder;

    private IngestFolder place;

    @BeforeEach
    void makeInput() throws IOException {
        place = new IngestFolder(folder).withRows(ROWS);
    }

    @ParameterizedTest
    @CsvSource({
        "--no-such-option, '''--no-such-option'' is no option'",
        "input.csv, '''input.csv'' is no option'",
        "--charset nope, --charset was 'nope'",
        "--charset UTF-16, --charset: charset was UTF-16 but it must be UTF-8 or a one-byte extension of ASCII",
        "--charset ?, --charset was '?'",
        "--batch 5:1:2, --batch: batch size was 5:1:2 but it must be min:initial:max",
        "--batch 5, --batch was '5' but it must be MIN:INITIAL:MAX",
        "--batch a:b:c, --batch was 'a:b:c'",
        "--batch 0:0:0, --batch",
        "--batch 1:1:99999999999, --batch",
        "--concurrency 0, --concurrency was '0' but it must be adaptive or between 1 and 1000",
        "--concurrency 1001, --concurrency was '1001'",
        "--concurrency many, --concurrency was 'many'",
        "--readers 0, --readers was '0' but it must be between 1 and 64",
        "--readers 65, --readers was '65'",
        "--readers all, --readers was 'all'",
        "--rate x, --rate was 'x' but it must be more than 0",
        "--rate 0, --rate was '0'",
        "--rate -1, --rate was '-1'",
        "--rate NaN, --rate was 'NaN'",
        "--mode fast, --mode was 'fast' but it must be one of auto and preload and on-demand",
        "--bare-quotes maybe, --bare-quotes was 'maybe' but it must be literal or reject",
        "--patience soon, --patience was 'soon' but it must be a duration such as 90s",
        "--patience -PT1S, --patience was '-PT1S'",
        "--token-env APILADOS_NO_SUCH_VARIABLE, 'APILADOS_NO_SUCH_VARIABLE, which is not set'",
        "--batch 1:2:3 --per-record, --batch and --per-record exclude each other",
        "--json --json, --json stands twice",
        "--rate 5 --rate 5, --rate stands twice",
        "--charset, --charset needs a value",
        "--patience --json, --patience needs a value",
    })
    void wrongOptionIsBadUsage(String options, String told) {
        assertFails(IngestRun.of(place.arguments(UNUSED, options.split(" "))), Ingest.BAD_USAGE, told);
    }

    @ParameterizedTest
    @CsvSource({
        "--input in.csv, --catalog is needed with --input",
        "--input in.csv --catalog c.csv, --target is needed with --input",
        "--catalog c.csv, --input is needed with --catalog",
        "--target http://127.0.0.1/, --input is needed",
    })
    void optionWithoutItsCompanionIsBadUsage(String options, String told) {
        assertFails(IngestRun.of(options.split(" ")), Ingest.BAD_USAGE, told);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ftp://127.0.0.1/records",
                "127.0.0.1/records",
                "http://",
                "http:///records",
                "http://a b/",
                "https://user:planted-secret@api.example.org/",
                "http://127.0.0.1:99999/",
            })
    void targetThatCannotBeOneIsBadUsage(String target) {
        IngestRun run = IngestRun.of(place.arguments(target, "--patience", "0s"));

        assertFails(run, Ingest.BAD_USAGE, "--target");
        assertThat(run.err()).doesNotContain("planted-secret");
    }

    @Test
    void missingInputIsBadUsage() throws IOException {
        Files.delete(place.input());

        assertFails(
                IngestRun.of(place.arguments(UNUSED)),
                Ingest.BAD_USAGE,
                "--input " + place.input() + ": there is no such file");
    }

    @Test
    void folderAsInputIsBadUsage() throws IOException {
        Files.delete(place.input());
        Files.createDirectory(place.input());

        assertFails(
                IngestRun.of(place.arguments(UNUSED)),
                Ingest.BAD_USAGE,
                "--input " + place.input() + ": is a directory");
    }

    @Test
    void missingCatalogIsBadUsage() throws IOException {
        Files.delete(place.catalog());

        assertFails(
                IngestRun.of(place.arguments(UNUSED)),
                Ingest.BAD_USAGE,
                "--catalog " + place.catalog() + ": there is no such file");
    }

    @ParameterizedTest
    @ValueSource(strings = {"--rejects", "--report"})
    void outputWithoutAFolderIsToldBeforeAnythingIsSent(String option) throws IOException {
        Path nowhere = folder.resolve("no-such-folder").resolve("output");
        try (CountingApi api = CountingApi.start()) {
            IngestRun run = IngestRun.of(argumentsWith(api, option, nowhere));

            assertThat(run.exit()).isIn(Ingest.FAILED, Ingest.BAD_USAGE);
            assertFails(run, run.exit(), nowhere + ": ");
            assertThat(run.errors().get(0)).contains("folder");
            assertThat(api.requests()).isEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "--rejects, input.csv",
        "--rejects, catalog.csv",
        "--report, input.csv",
        "--report, catalog.csv",
        "--report, rejects.csv",
    })
    void outputNeverTakesThePlaceOfAnotherFileOfTheRun(String option, String file) throws IOException {
        Path target = folder.resolve(file);
        byte[] input = Files.readAllBytes(place.input());
        byte[] catalog = Files.readAllBytes(place.catalog());
        try (CountingApi api = CountingApi.start()) {
            IngestRun run = IngestRun.of(argumentsWith(api, option, target));

            assertFails(run, Ingest.BAD_USAGE, option);
            assertThat(api.requests()).isEmpty();
            assertThat(place.input()).hasBinaryContent(input);
            assertThat(place.catalog()).hasBinaryContent(catalog);
        }
    }

    private List<String> argumentsWith(CountingApi api, String option, Path value) {
        List<String> arguments = new ArrayList<>(place.arguments(api.url()));
        int at = arguments.indexOf(option);
        if (at >= 0) {
            arguments.set(at + 1, value.toString());
        } else {
            arguments.addAll(List.of(option, value.toString()));
        }
        return arguments;
    }

    @Test
    void emptyInputFails() throws IOException {
        Files.write(place.input(), new byte[0]);

        assertFails(IngestRun.of(place.arguments(UNUSED)), Ingest.FAILED, place.input() + ": is empty");
    }

    @Test
    void headerWithoutTheKeyColumnFails() throws IOException {
        assertFails(
                IngestRun.of(place.arguments(UNUSED, "--key-column", "clave")),
                Ingest.FAILED,
                place.input() + " line 1: no column is named 'clave' among the 4 of the header");
    }

    @Test
    void headerWithoutTheNamedIdColumnFails() throws IOException {
        assertFails(
                IngestRun.of(place.arguments(UNUSED, "--id-column", "folio")),
                Ingest.FAILED,
                place.input() + " line 1: no column is named 'folio'");
    }

    @Test
    void headerThatIsNotTextInTheCharsetFails() throws IOException {
        place.withInput("id,cct,año\nP1,01DPR0001V,2026\n", StandardCharsets.ISO_8859_1);

        assertFails(
                IngestRun.of(place.arguments(UNUSED)),
                Ingest.FAILED,
                place.input() + " line 1: the header is not text in UTF-8");
    }

    @ParameterizedTest
    @CsvSource({
        "'', : is empty",
        "'id,clave\n1,01DPR0001V\n2,01DPR0002U\n3,01DPR0001V\n', 'line 4, column clave: the key stands on line 2'",
        "'id,clave\n1,KURZ\n2,KURZ\n', 'line 3, column clave: the key stands on line 2'",
        "'id,clave\nuno,01DPR0001V\n', 'line 2, column id: expected a whole number'",
        "'id,clave\n1,01DPR0001V\n-2,01DPR0002U\n', 'line 3, column id: expected a whole number'",
        "'id,clave\n2147483648,01DPR0001V\n', 'line 2, column id: expected a whole number'",
        "'id,clave\n1,01DPR0001V\n2, \n', 'line 3, column clave: it is empty'",
        "'id,key\n1,01DPR0001V\n', line 1: no column is named 'clave'",
        "'ID,clave\n1,01DPR0001V\n', line 1: no column is named 'id'",
        "'id,clave\n1,01DPR0001V\n2\n', 'line 3: expected 2 fields, got 1'",
        "'id,clave\n1,\"01DPR0001V\n2,01DPR0002U\n', line 2: a quote is not closed",
    })
    void badCatalogFailsAndNamesTheLine(String text, String told) throws IOException {
        place.withCatalog(text);

        IngestRun run = IngestRun.of(place.arguments(UNUSED));

        assertFails(run, Ingest.FAILED, told);
        assertThat(run.err()).contains(place.catalog().toString());
    }

    @Test
    void unreachableApiStopsTheRunWhenPatienceEnds() throws IOException {
        IngestRun run = IngestRun.of(place.arguments(nobody(), "--patience", "1s", "--json"));

        assertFails(run, Ingest.STOPPED, "stopped: the destination has not taken batch of ");
        assertNothingSettled(run);
        assertThat(run.number("retries")).isPositive();
    }

    @Test
    void unreachableApiStopsTheRunWithoutJsonToo() throws IOException {
        IngestRun run = IngestRun.of(place.arguments(nobody(), "--patience", "0s"));

        assertFails(run, Ingest.STOPPED, "stopped: the destination has not taken batch of ");
        assertThat(run.out()).startsWith("STOPPED").contains("= delivered 0 + rejected 0 + filtered 0 + unsettled ");
    }

    @Test
    void failingApiStopsTheRunWhenPatienceEnds() throws IOException {
        try (CountingApi api = CountingApi.answering(request -> 500)) {
            IngestRun run = place.run(api, "--patience", "500ms", "--json");

            assertFails(run, Ingest.STOPPED, "(last: http-500)");
            assertNothingSettled(run);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {401, 403, 301, 405})
    void apiThatWillNeverTakeThemStopsTheRunAtOnce(int status) throws IOException {
        try (CountingApi api = CountingApi.answering(request -> status)) {
            IngestRun run = place.run(api, "--json");

            assertFails(run, Ingest.STOPPED, "stopped: the API answered " + status);
            assertNothingSettled(run);
            assertThat(run.number("retries")).isZero();
        }
    }

    @Test
    void apiThatWantsATokenStopsARunWithoutOne() throws IOException {
        try (CountingApi api = CountingApi.wanting("planted-token")) {
            IngestRun run = place.run(api, "--json");

            assertFails(run, Ingest.STOPPED, "stopped: the API answered 401: it does not know the token");
            assertNothingSettled(run);
        }
    }

    /** An address where nobody listens. */
    private static String nobody() throws IOException {
        try (ServerSocket gone = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return "http://127.0.0.1:" + gone.getLocalPort() + "/records";
        }
    }

    private void assertNothingSettled(IngestRun run) throws IOException {
        assertThat(run.summary()).containsEntry("status", "STOPPED");
        assertThat(run.assertBalanced().number("delivered")).isZero();
        assertThat(run.number("rejected")).isZero();
        assertThat(run.number("unsettled")).isPositive().isEqualTo(run.number("read"));
        assertThat(place.rejects()).doesNotExist();
    }

    private void assertFails(IngestRun run, int exit, String told) {
        assertThat(run.errors()).hasSize(1);
        assertThat(run.errors().get(0)).startsWith("ingest: ").contains(told).doesNotContain("null");
        assertThat(run.exit()).isEqualTo(exit);
        String everything = run.out() + run.err();
        assertThat(everything).doesNotContain("Exception", "\tat ", "Nombre").doesNotContain(IngestFolder.KEYS);
    }
}
