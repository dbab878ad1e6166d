// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.apilados.pipeline.report.RunTimeline.Change;
import io.apilados.pipeline.report.RunTimeline.Change.Subject;
import io.apilados.pipeline.testing.ReportSamples;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

@Tag("once")
class RunReportHtmlTest {

    private static final int MOST_BYTES = 300_000;

    /** The page as XML; its first line says that it is HTML. */
    private static Document parsed(String page) throws Exception {
        String doctype = "<!doctype html>\n";
        assertThat(page).startsWith(doctype);
        return DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new InputSource(new StringReader(page.substring(doctype.length()))));
    }

    private static List<Element> elements(Document page, String name, String style) {
        List<Element> found = new ArrayList<>();
        NodeList all = page.getElementsByTagName(name);
        for (int i = 0; i < all.getLength(); i++) {
            Element one = (Element) all.item(i);
            if (one.getAttribute("class").startsWith(style)) {
                found.add(one);
            }
        }
        return found;
    }

    private static RunReport with(RunReport report, RunTimeline timeline) {
        return new RunReport(
                report.status(),
                report.source(),
                report.read(),
                report.delivered(),
                report.rejected(),
                report.filtered(),
                report.unsettled(),
                report.oddities(),
                report.batches(),
                report.requests(),
                report.retries(),
                report.bytesRead(),
                report.startedAt(),
                report.elapsed(),
                report.peakHeapBytes(),
                report.memoryShare(),
                report.resumedFrom(),
                report.rejectReasons(),
                report.notes(),
                report.latencies(),
                timeline,
                report.settings(),
                report.verdicts(),
                report.endReason());
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 60, 600, 3600, 100_000})
    void isWellFormedAndHasEveryChart(int seconds) throws Exception {
        Document page = parsed(ReportSamples.completed(seconds, seconds).toHtml());

        assertThat(elements(page, "svg", "chart")).hasSize(6);
        assertThat(elements(page, "path", "line s1")).hasSizeGreaterThanOrEqualTo(12);
        Set<String> ids = new HashSet<>();
        NodeList all = page.getElementsByTagName("*");
        for (int i = 0; i < all.getLength(); i++) {
            String id = ((Element) all.item(i)).getAttribute("id");
            assertThat(id.isEmpty() || ids.add(id)).as(id).isTrue();
        }
    }

    @Test
    void asksNobodyForAnything() throws Exception {
        Document page = parsed(ReportSamples.completed(600, 1).toHtml());

        assertThat(page.getElementsByTagName("script").getLength()).isZero();
        NodeList all = page.getElementsByTagName("*");
        for (int i = 0; i < all.getLength(); i++) {
            Element one = (Element) all.item(i);
            assertThat(one.hasAttribute("src") || one.hasAttribute("href"))
                    .as(one.getTagName())
                    .isFalse();
        }
        assertThat(elements(page, "style", "").get(0).getTextContent()).doesNotContain("url(http", "@import");
    }

    @Test
    void anHoursRunWithAllItsChangesTakesLittle() throws Exception {
        RunReport hour = ReportSamples.completed(3600, 5);
        List<Change> changes = new ArrayList<>();
        for (int i = 0; i < RunTimeline.MOST_CHANGES; i++) {
            String state = List.of("OPEN", "HALF_OPEN", "CLOSED").get((i + 2) % 3);
            changes.add(new Change(Duration.ofSeconds(i), Subject.BREAKER, state));
        }
        String page =
                with(hour, new RunTimeline(hour.timeline().points(), changes)).toHtml();

        assertThat(page.getBytes(StandardCharsets.UTF_8)).hasSizeLessThan(MOST_BYTES);
        assertThat(elements(parsed(page), "path", "band")).isNotEmpty();
        // The last change that is kept opens it; nobody knows what became of it.
        assertThat(page).contains("circuit breaker open 166 times, 2.77 min in all");
        assertThat(hour.toHtml().getBytes(StandardCharsets.UTF_8)).hasSizeLessThan(MOST_BYTES / 2);
    }

    @Test
    void aRunThatWasTooShortForChartsSaysSo() throws Exception {
        String page = ReportSamples.stopped(90, "a.csv").toHtml();

        assertThat(elements(parsed(page), "svg", "chart")).isEmpty();
        assertThat(page).contains("too short for charts");
    }

    @Test
    void whatXmlDoesNotAllowIsReplaced() throws Exception {
        String odd = "a" + (char) 0 + "b" + (char) 0xD800 + "c" + (char) 0xFFFE + "<&>\"'.csv";
        Document page = parsed(ReportSamples.stopped(90, odd).toHtml());

        assertThat(page.getElementsByTagName("h1").item(0).getTextContent())
                .startsWith("a\uFFFDb\uFFFDc\uFFFD<&>\"'.csv");
    }

    @Test
    void aSumThatDoesNotComeOutIsSeen() {
        assertThat(ReportSamples.stopped(89, "a.csv").toHtml()).contains("THIS DOES NOT ADD UP");
        assertThat(ReportSamples.stopped(90, "a.csv").toHtml()).doesNotContain("ADD UP");
    }
}
