// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.apilados.pipeline.examples.Chromium.Event;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import javax.imageio.ImageIO;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The page of a run of 100,000 records in a real browser. What counts as drawn are the pixels of a screenshot. Skipped
 * where no Chromium is installed.
 */
@Tag("once")
@Timeout(180)
class ReportPageTest {

    private static final int CHARTS = 6;
    private static final int LINES = 10;
    private static final int SCALE = 2;

    /** The shortest of lines, dotted and half of it covered by another one, still has more pixels. */
    private static final int FEWEST_PIXELS = 60;

    /** In each of red, green and blue, where an edge is smoothed. */
    private static final int TOLERANCE = 40;

    private static final double WIDEST_TEXT = 22;
    private static final double SMALLEST_TEXT = 10;

    @TempDir
    private static Path folder;

    private static @Nullable Chromium started;
    private static @Nullable Path report;

    @BeforeAll
    static void runAndStartBrowser() throws IOException, InterruptedException {
        Optional<Path> program = Chromium.installed();
        assumeThat(program)
                .as("no chromium, chromium-browser or google-chrome on the PATH, and CHROME is not set")
                .isPresent();
        Path page = folder.resolve("report.html");
        IngestRun run = IngestRun.of("--report", page.toString(), "--rejects", folder.resolve("rejects.csv") + "");
        assertThat(run.exit()).as(run.err()).isEqualTo(Ingest.COMPLETED_WITH_REJECTS);
        report = page;
        started = Chromium.start(program.get(), folder.resolve("profile"));
    }

    @AfterAll
    static void endBrowser() {
        if (started != null) {
            List<ProcessHandle> processes = started.processes();
            started.close();
            assertThat(processes).noneMatch(ProcessHandle::isAlive);
        }
    }

    @ParameterizedTest
    @CsvSource({"390, false", "390, true", "1400, false", "1400, true"})
    void everyLineOfEveryChartIsDrawn(int width, boolean dark) throws IOException, InterruptedException {
        Chromium browser = opened(page(), width, dark);

        List<String> faults = new ArrayList<>();
        assertThat(linesDrawn(browser, faults)).isEqualTo(LINES);
        assertThat(faults).isEmpty();
        assertThat(complaints(browser)).isEmpty();
        assertThat(number(browser, "document.documentElement.scrollWidth")).isEqualTo(width);
        assertThat(browser.evaluate("getComputedStyle(document.body).backgroundColor"))
                .isEqualTo(dark ? "rgb(15, 18, 22)" : "rgb(244, 245, 247)");
        assertThat(textHeight(browser)).isBetween(SMALLEST_TEXT, WIDEST_TEXT);
        assertThat(browser.evaluate(OVERLAPS)).isEqualTo("");
    }

    @Test
    void aLineThatIsMissingIsSeen() throws IOException, InterruptedException {
        Path broken = changed(
                "broken.html", "<path class=\"line s1\" fill=\"none\"", "<path class=\"line s1\" opacity=\"0\"");
        List<String> faults = new ArrayList<>();
        linesDrawn(opened(broken, 1400, false), faults);

        assertThat(faults).hasSize(CHARTS);
    }

    @Test
    void aRequestAndAnErrorAreSeen() throws IOException, InterruptedException {
        Path calling = changed(
                "calling.html",
                "<body>",
                "<body><img src=\"http://127.0.0.1:9/a.png\"/><script>console.error('no')</script>");
        Files.writeString(
                calling,
                Files.readString(calling).replaceFirst("<meta http-equiv=\"Content-Security-Policy\"[^>]*>", ""));

        assertThat(complaints(opened(calling, 1400, false)))
                .anyMatch(complaint -> complaint.contains("127.0.0.1:9"))
                .anyMatch(complaint -> complaint.startsWith("console"));
    }

    /** Pairs of labels of one chart that touch each other, and labels that leave it. */
    private static final String OVERLAPS = """
            [...document.querySelectorAll('svg.chart')].flatMap(svg => {
              const frame = svg.getBoundingClientRect();
              const texts = [...svg.querySelectorAll('text')].map(t => [t.textContent, t.getBoundingClientRect()]);
              const out = texts.filter(([, r]) => r.left < frame.left || r.right > frame.right + 1 || r.bottom > frame.bottom + 1);
              const pairs = texts.flatMap((a, i) => texts.slice(i + 1).filter(b => a[1].left < b[1].right && b[1].left < a[1].right
                && a[1].top < b[1].bottom - 3 && b[1].top < a[1].bottom - 3).map(b => [a[0] + '/' + b[0]]));
              return [...out, ...pairs].map(one => svg.id + ' ' + one[0]);
            }).join(', ')""";

    private static Path page() {
        return Objects.requireNonNull(report, "report");
    }

    private static Path changed(String name, String from, String to) throws IOException {
        String html = Files.readString(page());
        assertThat(html).contains(from);
        return Files.writeString(folder.resolve(name), html.replace(from, to));
    }

    private static Chromium opened(Path file, int width, boolean dark) throws IOException, InterruptedException {
        Chromium browser = Objects.requireNonNull(started, "browser");
        browser.show(width, 900, dark);
        browser.open(file);
        return browser;
    }

    /** How many lines the charts have, and which of them cannot be seen. */
    private static int linesDrawn(Chromium browser, List<String> faults) throws IOException, InterruptedException {
        int charts = (int) number(browser, "document.querySelectorAll('svg.chart').length");
        assertThat(charts).isEqualTo(CHARTS);
        int lines = 0;
        for (int i = 0; i < charts; i++) {
            String chart = "document.querySelectorAll('svg.chart')[" + i + "]";
            double[] box = new double[4];
            String[] sides = {"left + scrollX", "top + scrollY", "width", "height"};
            for (int side = 0; side < box.length; side++) {
                box[side] = number(browser, chart + ".getBoundingClientRect()." + sides[side]);
            }
            BufferedImage picture =
                    ImageIO.read(new ByteArrayInputStream(browser.picture(box[0], box[1], box[2], box[3], SCALE)));
            int series = (int) number(browser, chart + ".querySelectorAll('path.line').length");
            for (int one = 0; one < series; one++) {
                String line = chart + ".querySelectorAll('path.line')[" + one + "]";
                String colour = String.valueOf(browser.evaluate("getComputedStyle(" + line + ").stroke"));
                int pixels = pixels(picture, colour);
                if (pixels < FEWEST_PIXELS) {
                    faults.add(chart + ", line " + (one + 1) + " in " + colour + ": " + pixels + " pixels");
                }
                lines++;
            }
        }
        return lines;
    }

    /** How many pixels have a colour, given as <code>rgb(1, 2, 3)</code>. */
    private static int pixels(BufferedImage picture, String colour) {
        String[] parts = colour.replaceAll("[^0-9,]", "").split(",", -1);
        int red = Integer.parseInt(parts[0]);
        int green = Integer.parseInt(parts[1]);
        int blue = Integer.parseInt(parts[2]);
        int count = 0;
        for (int y = 0; y < picture.getHeight(); y++) {
            for (int x = 0; x < picture.getWidth(); x++) {
                int pixel = picture.getRGB(x, y);
                if (Math.abs((pixel >> 16 & 0xFF) - red) <= TOLERANCE
                        && Math.abs((pixel >> 8 & 0xFF) - green) <= TOLERANCE
                        && Math.abs((pixel & 0xFF) - blue) <= TOLERANCE) {
                    count++;
                }
            }
        }
        return count;
    }

    /** What the browser had to say against the page, and what it asked for but files. */
    private static List<String> complaints(Chromium browser) {
        List<String> complaints = new ArrayList<>();
        for (Event event : browser.events("Runtime.consoleAPICalled")) {
            complaints.add("console: " + event.text("type"));
        }
        for (Event event : browser.events("Runtime.exceptionThrown")) {
            complaints.add("exception: " + event.text("exceptionDetails", "text"));
        }
        for (Event event : browser.events("Log.entryAdded")) {
            complaints.add("log: " + event.text("entry", "text"));
        }
        List<Event> requests = browser.events("Network.requestWillBeSent");
        assertThat(requests).as("the page itself").isNotEmpty();
        for (Event event : requests) {
            String address = event.text("request", "url");
            if (!address.startsWith("file:") || (requests.size() > 1 && !address.endsWith(".html"))) {
                complaints.add("request: " + address);
            }
        }
        return complaints;
    }

    private static double textHeight(Chromium browser) throws IOException, InterruptedException {
        return 13 * number(browser, "document.querySelector('svg.chart').getScreenCTM().a");
    }

    private static double number(Chromium browser, String expression) throws IOException, InterruptedException {
        Object value = browser.evaluate(expression);
        if (value instanceof Number number) {
            return number.doubleValue();
        }
        throw new AssertionError(expression + " was " + value);
    }
}
