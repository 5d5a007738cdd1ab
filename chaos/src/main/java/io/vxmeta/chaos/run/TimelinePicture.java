package io.vxmeta.chaos.run;

import io.vxmeta.chaos.run.RunRecord.FaultEntry;
import io.vxmeta.chaos.run.RunRecord.PeriodEntry;
import io.vxmeta.chaos.run.RunRecord.Trouble;
import io.vxmeta.chaos.run.Throughput.Second;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Faults over throughput, latency and availability, on one axis of time, as SVG.
final class TimelinePicture {
  /* Layout from the top: a lane for each kind of fault, throughput (answered a second, stacked reads and writes; refused and
   * unknown on top), latency (p50 and p99, logarithmic), availability (green: somebody's write was acknowledged; it ends where the traffic does and the final
   * reads begin). */

  private static final int WIDTH = 1160;
  private static final int LEFT = 170;
  private static final int RIGHT = 24;
  private static final int LANE = 16;
  private static final int CHART = 130;
  private static final int STRIP = 14;
  private static final int GAP = 28;

  /// Columns of a chart; longer runs are drawn with several seconds in each.
  private static final int COLUMNS_MAX = 900;

  /// The latency axis, in ms.
  private static final double LATENCY_MIN = 1;

  private static final double LATENCY_MAX = 60_000;
  private static final int TICKS = 10;

  private final RunRecord run;
  private final List<String> kinds;
  private final double end;
  private final List<Second> columns;
  private final int secondsPerColumn;
  private final StringBuilder svg = new StringBuilder();

  TimelinePicture(RunRecord run) {
    this.run = run;
    this.kinds = run.faults().stream().map(FaultEntry::name).distinct().sorted().toList();
    this.end =
        Stream.concat(
                run.periods().stream().map(PeriodEntry::to),
                run.traffic().stream().map(second -> second.at() + 1.0))
            .max(Double::compare)
            .orElse(1.0);
    this.secondsPerColumn = Math.max(1, (int) Math.ceil(end / COLUMNS_MAX));
    this.columns = columns();
  }

  private List<Second> columns() {
    return run.traffic().stream()
        .collect(Collectors.groupingBy(second -> second.at() / secondsPerColumn))
        .entrySet()
        .stream()
        .sorted(java.util.Map.Entry.comparingByKey())
        .map(entry -> column(entry.getKey(), entry.getValue()))
        .toList();
  }

  /// A column shows a second's average, and the worst of its latencies.
  private Second column(int number, List<Second> of) {
    int count = of.size();
    return new Second(
        number * secondsPerColumn,
        of.stream().mapToLong(Second::reads).sum() / count,
        of.stream().mapToLong(Second::writes).sum() / count,
        of.stream().mapToLong(Second::fails).sum() / count,
        of.stream().mapToLong(Second::infos).sum() / count,
        of.stream().mapToDouble(Second::p50).max().orElse(0),
        of.stream().mapToDouble(Second::p99).max().orElse(0),
        of.stream().mapToDouble(Second::max).max().orElse(0));
  }

  String svg() {
    int lanes = Math.max(1, kinds.size()) * LANE;
    int throughput = 20 + lanes + GAP;
    int latency = throughput + CHART + GAP;
    int strip = latency + CHART + GAP;
    int height = strip + STRIP + GAP + 10;
    add(
        String.format(
            Locale.ROOT,
            "<svg viewBox=\"0 0 %d %d\" xmlns=\"http://www.w3.org/2000/svg\" font-family=\"system-ui,sans-serif\" font-size=\"11\" role=\"img\" aria-label=\"timeline\">",
            WIDTH,
            height));
    periods(20, strip + STRIP);
    faultLanes(20);
    throughput(throughput);
    latency(latency);
    availability(strip);
    axis(strip + STRIP);
    troubles(20, strip + STRIP);
    return svg.append("</svg>").toString();
  }

  private void add(String line) {
    svg.append(line).append('\n');
  }

  private double x(double seconds) {
    return LEFT + Math.min(seconds, end) / end * (WIDTH - LEFT - RIGHT);
  }

  private void label(double y, String text) {
    add(
        String.format(
            Locale.ROOT,
            "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\" fill=\"#444\">%s</text>",
            LEFT - 8,
            y,
            HtmlReport.escaped(text)));
  }

  private void rectangle(
      double from, double to, double y, double height, String fill, String title) {
    add(
        String.format(
            Locale.ROOT,
            "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"%s\"><title>%s</title></rect>",
            x(from),
            y,
            Math.max(1, x(to) - x(from)),
            height,
            fill,
            HtmlReport.escaped(title)));
  }

  /// Calm ones green, the liveness phase yellow; the others show their faults.
  private void periods(int top, int bottom) {
    for (PeriodEntry period : run.periods()) {
      if (period.faults().isEmpty()) {
        rectangle(period.from(), period.to(), top, bottom - top, "#f0f7f2", "calm");
      } else if (period.faults().equals(List.of(Siege.LIVENESS))) {
        rectangle(period.from(), period.to(), top, bottom - top, "#fff8e1", "one node stays away");
      }
    }
  }

  private void faultLanes(int top) {
    for (int lane = 0; lane < kinds.size(); lane++) {
      label(top + lane * LANE + 11, kinds.get(lane));
    }
    for (FaultEntry fault : run.faults()) {
      rectangle(
          fault.from(),
          fault.to(),
          top + kinds.indexOf(fault.name()) * LANE + 2.0,
          LANE - 4,
          fault.bit() ? "#bc4c00" : "#bbb",
          "%s, %.1f-%.1f s: %s. %s"
              .formatted(
                  fault.name(), fault.from(), fault.to(), fault.description(), fault.evidence()));
    }
  }

  private void throughput(int top) {
    double most =
        columns.stream().mapToDouble(c -> c.answered() + c.fails() + c.infos()).max().orElse(1);
    most = Math.max(1, most);
    frame(top, "answered / s", String.format(Locale.ROOT, "%,.0f", most));
    for (Second column : columns) {
      double base = top + CHART;
      base = bar(column, base, column.reads(), most, "#54aeff", "reads");
      base = bar(column, base, column.writes(), most, "#0969da", "writes");
      base = bar(column, base, column.fails(), most, "#d4a72c", "refused");
      bar(column, base, column.infos(), most, "#cf222e", "unknown");
    }
    legend(top, "reads #54aeff", "writes #0969da", "refused #d4a72c", "unknown #cf222e");
  }

  private double bar(
      Second column, double base, long value, double most, String fill, String name) {
    double height = value / most * CHART;
    if (value > 0) {
      rectangle(
          column.at(),
          column.at() + secondsPerColumn,
          base - height,
          height,
          fill,
          "%d s: %d %s".formatted(column.at(), value, name));
    }
    return base - height;
  }

  private void latency(int top) {
    frame(top, "latency ms (log)", "60 s");
    curve(top, Second::p99, "#cf222e");
    curve(top, Second::p50, "#8250df");
    legend(top, "p99 #cf222e", "p50 #8250df");
  }

  private void curve(int top, ToDoubleFunction<Second> value, String stroke) {
    String points =
        columns.stream()
            .filter(column -> column.answered() > 0)
            .map(column ->
                String.format(
                    Locale.ROOT,
                    "%.1f,%.1f",
                    x(column.at() + secondsPerColumn / 2.0),
                    top + CHART - height(value.applyAsDouble(column))))
            .collect(Collectors.joining(" "));
    add(
        String.format(
            Locale.ROOT,
            "<polyline points=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"1.3\"/>",
            points,
            stroke));
  }

  private static double height(double ms) {
    double clamped = Math.clamp(ms, LATENCY_MIN, LATENCY_MAX);
    return Math.log(clamped / LATENCY_MIN) / Math.log(LATENCY_MAX / LATENCY_MIN) * CHART;
  }

  private void availability(int top) {
    label(top + 11, "writes acknowledged");
    double asked = run.periods().stream().mapToDouble(PeriodEntry::to).max().orElse(end);
    for (Second column : columns) {
      if (column.at() > asked) {
        break;
      }
      rectangle(
          column.at(),
          column.at() + secondsPerColumn,
          top,
          STRIP,
          column.writes() > 0 ? "#2da44e" : "#cf222e",
          column.at() + " s: " + column.writes() + " writes");
    }
  }

  private void frame(int top, String name, String most) {
    label(top + CHART / 2.0, name);
    label(top + 9, most);
    add(
        String.format(
            Locale.ROOT,
            "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"none\" stroke=\"#d0d7de\"/>",
            LEFT,
            top,
            WIDTH - LEFT - RIGHT,
            CHART));
  }

  private void legend(int top, String... entries) {
    int x = LEFT + 6;
    for (String entry : entries) {
      String name = entry.substring(0, entry.indexOf(' '));
      add(
          String.format(
              Locale.ROOT,
              "<rect x=\"%d\" y=\"%d\" width=\"9\" height=\"9\" fill=\"%s\"/><text x=\"%d\" y=\"%d\">%s</text>",
              x,
              top - 12,
              entry.substring(entry.indexOf('#')),
              x + 13,
              top - 4,
              name));
      x += 24 + name.length() * 7;
    }
  }

  private void axis(int top) {
    for (int tick = 0; tick <= TICKS; tick++) {
      double at = end * tick / TICKS;
      add(
          String.format(
              Locale.ROOT,
              "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\" fill=\"#444\">%s</text>",
              x(at),
              top + 14,
              at < 600 ? Math.round(at) + " s" : Math.round(at / 60) + " min"));
    }
  }

  private void troubles(int top, int bottom) {
    for (Trouble trouble : run.troubles()) {
      add(
          String.format(
              Locale.ROOT,
              "<line x1=\"%1$.1f\" x2=\"%1$.1f\" y1=\"%2$d\" y2=\"%3$d\" stroke=\"#cf222e\" stroke-width=\"2\" stroke-dasharray=\"4 3\"><title>%4$s</title></line>",
              x(trouble.at()),
              top,
              bottom,
              HtmlReport.escaped(trouble.name())));
    }
  }
}
