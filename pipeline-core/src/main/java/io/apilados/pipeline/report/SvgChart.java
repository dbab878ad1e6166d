// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.report;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.toList;

import io.apilados.pipeline.report.Axis.Tick;
import io.apilados.pipeline.report.RunTimeline.Change.Subject;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * Draws one chart over time as inline SVG with its title and legend. Each value is a step as long as its interval, so that
 * a long wait looks like one. Colours come from the page's style and, where a strict policy forbids that, from attributes;
 * dashes tell lines apart without either.
 *
 * @param title what it shows
 * @param unit in which unit, for people
 * @param quantity what the axis counts
 * @param series one to three lines
 */
record SvgChart(String title, String unit, Quantity quantity, List<ChartSeries> series) {

    /** The drawing is so wide, in its own units; at this size on the screen its text is 13 pixels high. */
    static final int WIDTH = 400;

    /** And so high. */
    static final int HEIGHT = 210;

    private static final int LEFT = 66;
    private static final int RIGHT = WIDTH - 22;
    private static final int TOP = 10;
    private static final int BOTTOM = HEIGHT - 40;
    private static final int STRIP = 9;
    private static final double NARROWEST = 1;

    /** So many bands of a kind tell each when it was; more tell together how many they are. */
    private static final int MOST_BANDS_APART = 20;

    private static final List<String> COLOURS = List.of("#0067b0", "#c24e00", "#00795c");
    private static final List<String> DASHES = List.of("", " stroke-dasharray=\"7 4\"", " stroke-dasharray=\"2 3\"");

    SvgChart {
        series = List.copyOf(series);
    }

    /**
     * Writes it.
     *
     * @param id begins the names of its parts, which no other chart of the page may have
     * @param ends when the intervals of the series end, in seconds
     * @param time the axis to the right
     */
    void write(StringBuilder page, String id, double[] ends, Axis time, List<ChartBand> bands) {
        Map<ChartBand.Kind, List<ChartBand>> kinds = bands.stream()
                .collect(groupingBy(ChartBand::kind, () -> new EnumMap<>(ChartBand.Kind.class), toList()));
        Axis upwards = Axis.upTo(
                series.stream().mapToDouble(ChartSeries::greatest).max().orElse(0), quantity);
        page.append("<figure class=\"card\">\n<figcaption><b>")
                .append(title)
                .append("</b> ")
                .append(unit)
                .append("</figcaption>\n");
        page.append("<svg class=\"chart\" id=\"%s\" viewBox=\"0 0 %d %d\" role=\"img\" aria-labelledby=\"%s-t %s-d\">\n"
                .formatted(id, WIDTH, HEIGHT, id, id));
        page.append("<title id=\"%s-t\">%s, %s</title>\n".formatted(id, title, unit));
        page.append("<desc id=\"%s-d\">%s</desc>\n".formatted(id, description(kinds)));
        kinds.forEach((kind, some) -> bands(page, kind, some, time));
        axes(page, time, upwards);
        for (int i = 0; i < series.size(); i++) {
            line(page, i, ends, time, upwards);
        }
        page.append("</svg>\n");
        legend(page, kinds);
        page.append("</figure>\n");
    }

    private String description(Map<ChartBand.Kind, List<ChartBand>> kinds) {
        StringBuilder text = new StringBuilder();
        for (ChartSeries one : series) {
            text.append(one.name());
            if (one.isKnown()) {
                text.append(": between ")
                        .append(quantity.text(one.smallest()))
                        .append(" and ")
                        .append(quantity.text(one.greatest()))
                        .append(". ");
            } else {
                text.append(": not known. ");
            }
        }
        kinds.forEach((kind, some) -> text.append(summary(kind, some)).append(". "));
        return text.toString().strip();
    }

    private static String summary(ChartBand.Kind kind, List<ChartBand> bands) {
        double seconds = bands.stream()
                .mapToDouble(band -> band.toSeconds() - band.fromSeconds())
                .sum();
        return kind.title() + " " + (bands.size() == 1 ? "once" : bands.size() + " times") + ", "
                + Quantity.SECONDS.text(seconds) + " in all";
    }

    private static void bands(StringBuilder page, ChartBand.Kind kind, List<ChartBand> bands, Axis time) {
        int height = kind.subject() == Subject.MEMORY ? STRIP : BOTTOM - TOP;
        String start = "<path class=\"band\" fill=\"url(#" + kind.style() + ")\" d=\"";
        if (bands.size() > MOST_BANDS_APART) {
            page.append(start);
            bands.forEach(band -> box(page, band, time, height));
            page.append("\"><title>").append(summary(kind, bands)).append("</title></path>\n");
            return;
        }
        for (ChartBand band : bands) {
            page.append(start);
            box(page, band, time, height);
            page.append("\"><title>%s for %s, from %s on</title></path>\n"
                    .formatted(
                            kind.title(),
                            Quantity.SECONDS.text(band.toSeconds() - band.fromSeconds()),
                            Quantity.SECONDS.text(band.fromSeconds())));
        }
    }

    private static void box(StringBuilder page, ChartBand band, Axis time, int height) {
        double from = Math.min(x(band.fromSeconds(), time), RIGHT - NARROWEST);
        double to = Math.max(x(band.toSeconds(), time), from + NARROWEST);
        page.append('M').append(tenths(from)).append(' ').append(TOP);
        page.append('H').append(tenths(to)).append('V').append(TOP + height);
        page.append('H').append(tenths(from)).append('Z');
    }

    private static void axes(StringBuilder page, Axis time, Axis upwards) {
        page.append("<g class=\"grid\" stroke=\"#888888\" stroke-opacity=\".35\">");
        for (Tick tick : upwards.ticks()) {
            page.append("<path d=\"M%d %sH%d\"/>".formatted(LEFT, tenths(y(tick.at(), upwards)), RIGHT));
        }
        for (Tick tick : time.ticks()) {
            page.append("<path d=\"M%s %dv4\"/>".formatted(tenths(x(tick.at(), time)), BOTTOM));
        }
        page.append("</g>\n<g class=\"label\" text-anchor=\"end\">");
        for (Tick tick : upwards.ticks()) {
            page.append("<text x=\"%d\" y=\"%s\">%s</text>"
                    .formatted(LEFT - 6, tenths(y(tick.at(), upwards) + 4), tick.label()));
        }
        page.append("</g>\n<g class=\"label\" text-anchor=\"middle\">");
        for (Tick tick : time.ticks()) {
            page.append("<text x=\"%s\" y=\"%d\">%s</text>"
                    .formatted(tenths(x(tick.at(), time)), BOTTOM + 18, tick.label()));
        }
        page.append("<text x=\"%d\" y=\"%d\">%s since the start</text></g>\n"
                .formatted((LEFT + RIGHT) / 2, HEIGHT - 6, time.title()));
    }

    private void line(StringBuilder page, int number, double[] ends, Axis time, Axis upwards) {
        ChartSeries one = series.get(number);
        if (!one.isKnown()) {
            return;
        }
        page.append("<path class=\"line s%d\" fill=\"none\" stroke=\"%s\" stroke-width=\"2\"%s d=\""
                .formatted(number + 1, COLOURS.get(number), DASHES.get(number)));
        steps(page, one.values(), ends, time, upwards);
        page.append("\"><title>").append(one.name()).append("</title></path>\n");
    }

    /** A level stretch for each interval, and an upright between two that follow each other. */
    private static void steps(StringBuilder page, double[] values, double[] ends, Axis time, Axis upwards) {
        String from = tenths(x(0, time));
        String level = "";
        for (int i = 0; i < values.length; i++) {
            String to = tenths(x(ends[i], time));
            if (Double.isNaN(values[i])) {
                finish(page, level, from);
                level = "";
            } else {
                String now = tenths(y(values[i], upwards));
                if (level.isEmpty()) {
                    page.append('M').append(from).append(' ').append(now);
                } else if (!now.equals(level)) {
                    page.append('H').append(from).append('V').append(now);
                }
                level = now;
            }
            from = to;
        }
        finish(page, level, from);
    }

    private static void finish(StringBuilder page, String level, String at) {
        if (!level.isEmpty()) {
            page.append('H').append(at);
        }
    }

    private void legend(StringBuilder page, Map<ChartBand.Kind, List<ChartBand>> kinds) {
        page.append("<ul class=\"legend\">\n");
        for (int i = 0; i < series.size(); i++) {
            ChartSeries one = series.get(i);
            page.append("<li><svg class=\"key\" viewBox=\"0 0 28 12\" aria-hidden=\"true\"><path class=\"line s%d\""
                            .formatted(i + 1))
                    .append(" fill=\"none\" stroke=\"%s\" stroke-width=\"2\"%s d=\"M0 6H28\"/></svg>"
                            .formatted(COLOURS.get(i), DASHES.get(i)))
                    .append(one.name())
                    .append(" <span class=\"quiet\">")
                    .append(one.isKnown() ? "up to " + quantity.text(one.greatest()) : "not known")
                    .append("</span></li>\n");
        }
        for (ChartBand.Kind kind : kinds.keySet()) {
            page.append("<li><svg class=\"key\" viewBox=\"0 0 28 12\" aria-hidden=\"true\">")
                    .append("<path class=\"band\" fill=\"url(#%s)\" d=\"M0 0H28V12H0Z\"/></svg>%s</li>\n"
                            .formatted(kind.style(), kind.title()));
        }
        page.append("</ul>\n");
    }

    private static double x(double seconds, Axis time) {
        return LEFT + (RIGHT - LEFT) * Math.min(1, seconds / time.top());
    }

    private static double y(double value, Axis upwards) {
        return BOTTOM - (BOTTOM - TOP) * Math.min(1, value / upwards.top());
    }

    /** A tenth is less than can be seen, and saves two thirds of the page. */
    private static String tenths(double place) {
        long tenths = Math.round(place * 10);
        return tenths % 10 == 0 ? Long.toString(tenths / 10) : tenths / 10 + "." + tenths % 10;
    }
}
