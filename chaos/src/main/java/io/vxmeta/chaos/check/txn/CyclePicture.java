package io.vxmeta.chaos.check.txn;

import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/// Draws a cycle: its transactions in a ring, clockwise from the top, an arrow for each reason, and
/// the reasons in words below.
public final class CyclePicture {
  /* The SVG needs no other file and no script; colours tell the labels apart and the text repeats them. A box shows the
   * beginning of a long transaction, its tooltip all of it. Numbers are written the same in every locale. */

  /// Pixels. A box is wide enough for its text in a fixed-width font.
  private static final int BOX_WIDTH = 300;

  private static final int BOX_HEIGHT = 44;
  private static final int MARGIN = 40;
  private static final int TITLE_HEIGHT = 60;
  private static final int LINE_HEIGHT = 18;
  private static final int CHARACTER_WIDTH = 7;
  private static final int RADIUS_MIN = 190;
  private static final int RADIUS_PER_BOX = 52;

  /// Characters of a transaction that fit into its box.
  private static final int TEXT_MAX = 36;

  /// Of this picture alone, also where it stands in a page with others.
  private static final String STYLE =
      ".cycle text{font:12px monospace;fill:#222}.cycle .t{font-size:18px;font-weight:bold}"
          + ".cycle .s{font-size:11px;fill:#666}.cycle .b{fill:#fff;stroke:#444}"
          + ".cycle .l{font-weight:bold;font-size:14px;paint-order:stroke;stroke:#fafafa;stroke-width:5px}";

  /// Why a transaction comes before the next one of the ring.
  record Edge(String label, String why) {
    String color() {
      return switch (label) {
        case "ww" -> "#b3261e";
        case "wr" -> "#1b6ac9";
        case "rw" -> "#c77700";
        case "process" -> "#6a3fa0";
        default -> "#2e7d32";
      };
    }
  }

  private record Point(double x, double y) {
    Point towards(Point other, double part) {
      return new Point(x + (other.x - x) * part, y + (other.y - y) * part);
    }
  }

  private final String title;
  private final List<String> transactions;
  private final List<Edge> edges;

  /// Edge i leads from transaction i to the next one of the ring.
  CyclePicture(String title, List<String> transactions, List<Edge> edges) {
    this.title = title;
    this.transactions = transactions;
    this.edges = edges;
  }

  /// For Graphviz.
  public String dot() {
    StringBuilder dot = new StringBuilder("digraph \"" + dotText(title) + "\" {\n");
    dot.append("  node [shape=box, fontname=monospace];\n");
    for (int i = 0; i < edges.size(); i++) {
      Edge edge = edges.get(i);
      String label = name(i) + "  " + dotText(transactions.get(i));
      dot.append("  " + name(i) + " [label=\"" + label + "\"];\n");
      dot.append("  " + name(i) + " -> " + name(next(i)) + " [label=\"" + edge.label);
      dot.append("\", color=\"" + edge.color() + "\", tooltip=\"" + dotText(edge.why) + "\"];\n");
    }
    return dot.append("}\n").toString();
  }

  private static String dotText(String text) {
    return text.replace("\\", "\\\\").replace("\"", "\\\"");
  }

  private static String name(int i) {
    return "T" + (i + 1);
  }

  private int next(int i) {
    return (i + 1) % transactions.size();
  }

  /// A document that needs nothing else.
  public String svg() {
    return new Drawing().draw();
  }

  private final class Drawing {
    private final StringBuilder svg = new StringBuilder();

    String draw() {
      int height = TITLE_HEIGHT + 2 * radius() + BOX_HEIGHT + MARGIN + LINE_HEIGHT * edges.size();
      add(
          String.format(
              Locale.ROOT,
              "<svg class='cycle' xmlns='http://www.w3.org/2000/svg' width='%d' height='%d'>",
              width(),
              height));
      svg.append("<style>").append(STYLE).append("</style>\n<defs>");
      edges.stream().map(Edge::label).distinct().forEach(this::arrowHead);
      svg.append("</defs>\n<rect width='100%' height='100%' fill='#fafafa'/>\n");
      add(
          String.format(
              Locale.ROOT,
              "<text class='t' x='%d' y='%d'>%s</text>",
              MARGIN,
              MARGIN,
              xmlText(title)));
      for (int i = 0; i < edges.size(); i++) {
        arrow(i);
      }
      for (int i = 0; i < edges.size(); i++) {
        box(i);
        reason(i, height);
      }
      return svg.append("</svg>\n").toString();
    }

    private void add(String element) {
      svg.append(element).append('\n');
    }

    private int width() {
      int longest = IntStream.range(0, edges.size()).map(i -> words(i).length()).max().orElse(0);
      return Math.max(
          2 * MARGIN + CHARACTER_WIDTH * longest,
          2 * (MARGIN + radius()) + BOX_WIDTH + BOX_WIDTH / 2);
    }

    private int radius() {
      return Math.max(RADIUS_MIN, RADIUS_PER_BOX * transactions.size());
    }

    private Point center() {
      return new Point(width() / 2.0, TITLE_HEIGHT + BOX_HEIGHT / 2.0 + radius());
    }

    /// A point of the ring, `turn` transactions after the first, `far` radii from the center.
    private Point at(double turn, double far) {
      double angle = 2 * Math.PI * turn / transactions.size();
      Point center = center();
      return new Point(
          center.x + far * radius() * Math.sin(angle), center.y - far * radius() * Math.cos(angle));
    }

    private void arrowHead(String label) {
      add(
          String.format(
              Locale.ROOT,
              "<marker id='%s' viewBox='0 0 10 10' refX='9' refY='5' markerWidth='9' markerHeight='9' orient='auto'>"
                  + "<path d='M0 0L10 5L0 10z' fill='%s'/></marker>",
              label,
              new Edge(label, "").color()));
    }

    private void box(int i) {
      String text = transactions.get(i);
      String shown = text.length() <= TEXT_MAX ? text : text.substring(0, TEXT_MAX - 1) + "…";
      Point middle = at(i, 1);
      double left = middle.x - BOX_WIDTH / 2.0;
      double top = middle.y - BOX_HEIGHT / 2.0;
      add(String.format(Locale.ROOT, "<g><title>%s</title>", xmlText(text)));
      add(
          String.format(
              Locale.ROOT,
              "<rect class='b' x='%.0f' y='%.0f' width='%d' height='%d' rx='6'/>",
              left,
              top,
              BOX_WIDTH,
              BOX_HEIGHT));
      add(
          String.format(
              Locale.ROOT,
              "<text class='s' x='%.0f' y='%.0f'>%s</text>",
              left + 8,
              top + 15,
              name(i)));
      add(
          String.format(
              Locale.ROOT,
              "<text x='%.0f' y='%.0f'>%s</text></g>",
              left + 8,
              top + 33,
              xmlText(shown)));
    }

    /// A curve from box to box, bent outwards so that two transactions have two arrows.
    private void arrow(int i) {
      Edge edge = edges.get(i);
      Point bend = at(i + 0.5, 1.25);
      Point from = border(at(i, 1), bend);
      Point to = border(at(i + 1, 1), bend);
      add(
          String.format(
              Locale.ROOT,
              "<path d='M%.0f %.0fQ%.0f %.0f %.0f %.0f' fill='none' stroke='%s' stroke-width='2' marker-end='url(#%s)'/>",
              from.x,
              from.y,
              bend.x,
              bend.y,
              to.x,
              to.y,
              edge.color(),
              edge.label));
      Point label = from.towards(to, 0.5).towards(bend, 0.5);
      add(
          String.format(
              Locale.ROOT,
              "<text class='l' x='%.0f' y='%.0f' text-anchor='middle'>%s</text>",
              label.x,
              label.y,
              edge.label));
    }

    /// Where the way from the middle of a box leaves it.
    private static Point border(Point box, Point towards) {
      double dx = Math.abs(towards.x - box.x);
      double dy = Math.abs(towards.y - box.y);
      double part = Math.min(BOX_WIDTH / 2.0 / Math.max(dx, 1), BOX_HEIGHT / 2.0 / Math.max(dy, 1));
      return box.towards(towards, Math.min(part, 1));
    }

    private String words(int i) {
      Edge edge = edges.get(i);
      return name(i) + " < " + name(next(i)) + " (" + edge.label + "): " + edge.why;
    }

    private void reason(int i, int height) {
      int y = height - MARGIN / 2 - LINE_HEIGHT * (edges.size() - 1 - i);
      add(
          String.format(
              Locale.ROOT, "<text x='%d' y='%d'>%s</text>", MARGIN, y, xmlText(words(i))));
    }

    private static String xmlText(String text) {
      return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }
  }
}
