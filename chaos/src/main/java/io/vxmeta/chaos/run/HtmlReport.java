package io.vxmeta.chaos.run;

import io.vxmeta.chaos.run.RunRecord.FaultEntry;
import io.vxmeta.chaos.run.RunRecord.Trouble;
import io.vxmeta.chaos.run.RunRecord.Verdict;
import io.vxmeta.chaos.workload.Judgement;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/// One page, without anything from outside, that shows a run at a glance.
final class HtmlReport {
  static final String FILE = "report.html";

  /// Proofs and evidence longer than this are cut; the history has the rest.
  private static final int TEXT_MAX = 4_000;

  private static final String STYLE =
      """
      body{font:14px/1.45 system-ui,sans-serif;margin:2em auto;max-width:1200px;padding:0 1em;color:#1c2733}
      h1{font-size:1.5em;margin:0 0 .2em} h2{font-size:1.1em;margin:2em 0 .5em}
      .PASS{background:#1a7f37}.ANOMALY{background:#cf222e}.UNDECIDED{background:#9a6700}
      .badge{color:#fff;border-radius:4px;padding:.1em .5em;font-weight:600}
      .facts{display:flex;flex-wrap:wrap;gap:1.2em;margin:1em 0;padding:0}
      .facts div{min-width:7em}.facts b{display:block;font-size:1.4em}
      table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.3em .6em;border-bottom:1px solid #d8dee4;vertical-align:top}
      th{font-weight:600;background:#f6f8fa}td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}
      pre{background:#f6f8fa;padding:1em;overflow:auto;white-space:pre-wrap}.muted{color:#656d76}svg{max-width:100%}
      """;

  private final RunRecord run;

  private HtmlReport(RunRecord run) {
    this.run = run;
  }

  static Path write(RunRecord run, Path folder) throws IOException {
    return Files.writeString(folder.resolve(FILE), new HtmlReport(run).page());
  }

  private String page() {
    return """
    <!doctype html>
    <html lang="en"><head><meta charset="utf-8"><title>vx-meta chaos run, seed %d</title><style>%s</style></head><body>
    <h1>Chaos run <span class="badge %3$s">%3$s</span></h1>
    <div class="muted">seed %1$d · %4$s · driver %5$s · %6$s · %7$s</div>
    %8$s
    <h2>What happened when</h2>
    %9$s
    %10$s
    <h2>Verdicts</h2>
    %11$s
    <h2>Faults by kind</h2>
    %12$s
    <h2>Every fault and its evidence</h2>
    %13$s
    %14$s
    <h2>Again</h2>
    <p>The plan with all its periods is in <code>plan.yaml</code> beside this page: <code>./vx chaos run plan.yaml</code>.
    Histories are in the folders of the workloads, one operation a line, gzipped: <code>./vx ctl verify FILE</code>.</p>
    </body></html>
    """
        .formatted(
            run.seed(),
            STYLE,
            verdict(),
            escaped(run.started()),
            escaped(run.driver()),
            duration(run.seconds()),
            escaped(run.machine()),
            facts(),
            new TimelinePicture(run).svg(),
            anomalies(),
            verdicts(),
            kinds(),
            faults(),
            notDone());
  }

  private String verdict() {
    return switch (run.exitCode()) {
      case ChaosCommand.VALID -> "PASS";
      case ChaosCommand.ANOMALY -> "ANOMALY";
      default -> "UNDECIDED";
    };
  }

  private static String duration(double seconds) {
    long whole = Math.round(seconds);
    return whole < 120 ? whole + " s" : "%d min %d s".formatted(whole / 60, whole % 60);
  }

  private String facts() {
    return "<div class=\"facts\">"
        + fact(run.operations(), "operations")
        + fact(run.checked(), "checked")
        + fact(run.faultsThatBit(), "faults")
        + fact(run.faultKinds(), "kinds of faults")
        + fact(run.faultFamilies(), "families of faults")
        + fact(run.anomalies(), "anomalies")
        + fact(run.unknown(), "undecided")
        + fact(run.lost(), "lost writes")
        + fact(run.digestMismatches(), "digest mismatches")
        + fact(run.writeGapP99Ms(), "ms write gap, p99")
        + "</div>";
  }

  private static String fact(long value, String name) {
    return String.format(Locale.ROOT, "<div><b>%,d</b>%s</div>", value, name);
  }

  private String anomalies() {
    StringBuilder text = new StringBuilder();
    for (Verdict verdict : run.verdicts()) {
      for (Judgement.Finding finding : verdict.findings()) {
        text.append("<h2>Anomaly in %s: %s</h2>".formatted(verdict.workload(), finding.name()));
        text.append("<pre>").append(escaped(cut(finding.proof()))).append("</pre>");
        // Drawn by the checker, every word in it escaped.
        text.append(finding.picture());
        text.append(lines(finding, verdict.history()));
      }
    }
    for (Trouble trouble : run.troubles()) {
      text.append(
          "<h2>%s: %s at %.1f s</h2>".formatted(trouble.weight(), trouble.name(), trouble.at()));
      text.append("<pre>").append(escaped(cut(trouble.text()))).append("</pre>");
    }
    return text.toString();
  }

  private static String lines(Judgement.Finding finding, String history) {
    if (finding.lines().isEmpty()) {
      return "";
    }
    return "<p>It rests on these lines of <code>%s</code>:</p><pre>%s</pre>"
        .formatted(escaped(history), escaped(String.join("\n", finding.lines())));
  }

  private static String cut(String text) {
    return text.length() <= TEXT_MAX ? text : text.substring(0, TEXT_MAX) + " ...";
  }

  private String verdicts() {
    return table(
        List.of("workload", "judged by", "verdict", "#operations", "#checked", "#lost", "history"),
        run.verdicts().stream()
            .map(verdict ->
                List.of(
                    verdict.workload(),
                    verdict.checker(),
                    verdict.outcome() + (verdict.reason().isEmpty() ? "" : ": " + verdict.reason()),
                    number(verdict.operations()),
                    number(verdict.checked()),
                    number(verdict.lost()),
                    verdict.history()))
            .toList());
  }

  private String kinds() {
    Map<String, List<FaultEntry>> kinds =
        run.faults().stream()
            .collect(Collectors.groupingBy(FaultEntry::name, TreeMap::new, Collectors.toList()));
    return table(
        List.of("fault", "family", "#times", "#bit", "#gap p50 ms", "#gap p99 ms", "#gap max ms"),
        kinds.entrySet().stream().map(entry -> kind(entry.getKey(), entry.getValue())).toList());
  }

  private static List<String> kind(String name, List<FaultEntry> entries) {
    List<Long> gaps = entries.stream().map(FaultEntry::writeGapMs).toList();
    return List.of(
        name,
        entries.getFirst().family(),
        number(entries.size()),
        number(entries.stream().filter(FaultEntry::bit).count()),
        number(RunRecord.percentile(gaps, 50)),
        number(RunRecord.percentile(gaps, 99)),
        number(RunRecord.percentile(gaps, 100)));
  }

  private String faults() {
    return table(
        List.of("#from s", "#to s", "fault", "what was done", "evidence", "#write gap ms"),
        run.faults().stream()
            .map(fault ->
                List.of(
                    seconds(fault.from()),
                    seconds(fault.to()),
                    fault.name(),
                    fault.description(),
                    (fault.bit() ? "" : "NO EFFECT: ") + cut(fault.evidence()),
                    number(fault.writeGapMs())))
            .toList());
  }

  private String notDone() {
    if (run.notDone().isEmpty()) {
      return "";
    }
    return "<h2>Planned and not done</h2>"
        + table(
            List.of("#at s", "fault", "why"),
            run.notDone().stream()
                .map(each -> List.of(seconds(each.at()), each.fault(), each.why()))
                .toList());
  }

  private static String number(long value) {
    return String.format(Locale.ROOT, "%,d", value);
  }

  private static String seconds(double value) {
    return String.format(Locale.ROOT, "%.1f", value);
  }

  /// A heading that begins with # is of numbers.
  private static String table(List<String> heads, List<List<String>> rows) {
    StringBuilder text = new StringBuilder("<table><tr>");
    for (String head : heads) {
      text.append("<th%s>%s</th>".formatted(numeric(head), escaped(head.replace("#", ""))));
    }
    text.append("</tr>");
    for (List<String> row : rows) {
      text.append("<tr>");
      for (int i = 0; i < row.size(); i++) {
        text.append("<td%s>%s</td>".formatted(numeric(heads.get(i)), escaped(row.get(i))));
      }
      text.append("</tr>");
    }
    return text.append("</table>").toString();
  }

  private static String numeric(String head) {
    return head.startsWith("#") ? " class=\"n\"" : "";
  }

  static String escaped(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;");
  }
}
