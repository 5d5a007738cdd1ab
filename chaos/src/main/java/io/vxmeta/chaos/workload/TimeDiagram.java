package io.vxmeta.chaos.workload;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.LongStream;

/// Draws calls over time: a lane for each process, a bar from each call to its answer, and a line
/// where the answers contradict each other.
final class TimeDiagram {
  /* The SVG needs no other file and no script. Time runs from left to right and is drawn by its order alone: each event is a
   * column, and a column is as wide as the texts of the bars before it need. A bar shows the beginning of a long text, its
   * tooltip all of it. A call that was never answered ends open, at the right edge. */

  /// Pixels; texts are of a fixed-width font.
  private static final int MARGIN = 20;

  private static final int LEFT = 120;
  private static final int RIGHT = 60;
  private static final int TOP = 76;
  private static final int LANE = 40;
  private static final int BAR = 26;
  private static final int COLUMN_MIN = 18;
  private static final int CHARACTER = 7;
  private static final int PADDING = 12;

  /// Room for the words at the line and under the lanes.
  private static final int WIDTH_MIN = 560;

  private static final int FOOT = 34;

  /// Characters of a call that fit into its bar.
  private static final int TEXT_MAX = 32;

  private static final String CONFLICT = "no order gets past here";

  /// Of this picture alone, also where it stands in a page with others.
  private static final String STYLE =
      ".lanes text{font:12px monospace;fill:#222}.lanes .t{font-size:18px;font-weight:bold}"
          + ".lanes .s{fill:#666}.lanes .m{fill:#b3261e}.lanes .beside{fill:#fff;stroke:#888}"
          + ".lanes .named{fill:#fdecea;stroke:#b3261e;stroke-width:2}.lanes .open{stroke-dasharray:5 4}";

  /// What a call has to do with the conflict.
  enum Part {
    /// The proof rests on it.
    NAMED("named"),
    /// It was under way at the time.
    BESIDE("beside");

    private final String style;

    Part(String style) {
      this.style = style;
    }
  }

  /// A call.
  ///
  /// @param to its answer; empty when it was never known
  record Bar(long process, String text, long from, OptionalLong to, Part part) {
    private String shown() {
      return text.length() <= TEXT_MAX ? text : text.substring(0, TEXT_MAX - 1) + "…";
    }

    private int widthMin() {
      return shown().length() * CHARACTER + PADDING;
    }
  }

  private final String title;
  private final List<Bar> bars;
  private final long conflict;
  private final int leftOut;
  private final long[] events;
  private final int[] columns;
  private final long[] lanes;
  private final StringBuilder svg = new StringBuilder();

  /// @param bars one at least
  /// @param conflict the event that no order gets past
  /// @param leftOut calls of the time that are not drawn
  TimeDiagram(String title, List<Bar> bars, long conflict, int leftOut) {
    this.title = title;
    this.bars = bars.stream().sorted(Comparator.comparingLong(Bar::from)).toList();
    this.conflict = conflict;
    this.leftOut = leftOut;
    events =
        LongStream.concat(
                LongStream.of(conflict),
                bars.stream()
                    .flatMapToLong(
                        bar -> LongStream.concat(LongStream.of(bar.from), bar.to.stream())))
            .distinct()
            .sorted()
            .toArray();
    lanes = bars.stream().mapToLong(Bar::process).distinct().sorted().toArray();
    columns = columns();
  }

  /// Where each event lies, and last the right edge. Bars that end early are given room first.
  private int[] columns() {
    int[] gaps = new int[events.length + 1];
    Arrays.fill(gaps, COLUMN_MIN);
    List<Bar> byEnd = bars.stream().sorted(Comparator.comparingInt(this::end)).toList();
    for (Bar bar : byEnd) {
      int width = 0;
      for (int gap = place(bar.from) + 1; gap <= end(bar); gap++) {
        width += gaps[gap];
      }
      gaps[end(bar)] += Math.max(0, bar.widthMin() - width);
    }
    int[] columns = new int[events.length + 1];
    columns[0] = LEFT;
    for (int i = 1; i < columns.length; i++) {
      columns[i] = columns[i - 1] + gaps[i];
    }
    return columns;
  }

  private int place(long event) {
    return Arrays.binarySearch(events, event);
  }

  private int end(Bar bar) {
    return bar.to.isPresent() ? place(bar.to.getAsLong()) : events.length;
  }

  /// A document that needs nothing else.
  String svg() {
    int foot = TOP + LANE * lanes.length;
    int width = Math.max(WIDTH_MIN, columns[events.length] + RIGHT);
    add(
        "<svg class='lanes' xmlns='http://www.w3.org/2000/svg' width='%d' height='%d'>"
            .formatted(width, foot + FOOT));
    add("<style>" + STYLE + "</style><rect width='100%' height='100%' fill='#fafafa'/>");
    add("<text class='t' x='%d' y='30'>%s</text>".formatted(MARGIN, xmlText(title)));
    for (int lane = 0; lane < lanes.length; lane++) {
      int y = TOP + LANE * lane;
      add("<text class='s' x='%d' y='%d'>process %d</text>".formatted(MARGIN, y + 17, lanes[lane]));
      add(
          "<path d='M%d %dH%d' stroke='#ddd'/>"
              .formatted(LEFT, y + BAR / 2, columns[events.length]));
    }
    bars.forEach(this::bar);
    int x = columns[place(conflict)];
    add(
        "<path class='conflict' d='M%d %dV%d' stroke='#b3261e' stroke-width='2' stroke-dasharray='6 3'/>"
            .formatted(x, TOP - 12, foot));
    // Beside the line, on the side where there is room.
    add(
        "<text class='m' x='%d' y='%d' text-anchor='%s'>%s</text>"
            .formatted(x, TOP - 18, x > width / 2 ? "end" : "start", CONFLICT));
    String rest = leftOut > 0 ? "; %d more calls are not drawn".formatted(leftOut) : "";
    add(
        "<text class='s' x='%d' y='%d'>red: what the proof names; open at the right: never answered%s</text>"
            .formatted(MARGIN, foot + 18, rest));
    return svg.append("</svg>\n").toString();
  }

  private void bar(Bar bar) {
    int x = columns[place(bar.from)];
    int y = TOP + LANE * Arrays.binarySearch(lanes, bar.process);
    String classes = bar.part.style + (bar.to.isPresent() ? "" : " open");
    String to = bar.to.isPresent() ? "" + bar.to.getAsLong() : "never";
    add(
        "<g><title>%s, called at %d, answered at %s</title><rect class='%s' x='%d' y='%d' width='%d' height='%d' rx='4'/>"
            .formatted(xmlText(bar.text), bar.from, to, classes, x, y, columns[end(bar)] - x, BAR));
    add(
        "<text x='%d' y='%d'>%s</text></g>"
            .formatted(x + PADDING / 2, y + 17, xmlText(bar.shown())));
  }

  private void add(String element) {
    svg.append(element).append('\n');
  }

  private static String xmlText(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }
}
