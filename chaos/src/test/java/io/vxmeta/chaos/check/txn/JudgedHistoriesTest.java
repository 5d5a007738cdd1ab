package io.vxmeta.chaos.check.txn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.vxmeta.chaos.history.History;
import io.vxmeta.chaos.history.HistoryReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/// Agreement with the verdicts of a reference checker, on histories that are not kept in this
/// repository.
///
/// Their directory is the system property `vx.histories`, or `../shared/histories` beside the
/// repository.
class JudgedHistoriesTest {
  /// Where ours is sharper: the reference found no cycle, but five transactions form one, and no
  /// order of them explains their answers, see [EveryOrderTest]. By index, and all called before
  /// 184 ended but 232:
  ///
  ///     229 r 1016=1, r 1017=nothing    did not see the write of 230, so 229 < 230
  ///     230 w 1017=1, w 1018=1          unknown, but 184 saw it, so it happened and 230 < 184
  ///     184 r 1018=1                    had ended when 232 was called, so 184 < 232
  ///     232 r 1020=nothing              did not see the write of 231, so 232 < 231
  ///     231 w 1016=1, w 1020=1          was seen by 229, so 231 < 229
  private static final Set<String> SHARPER = Set.of("rw-201-00405 strict-serializable");

  @Test
  void listAppendAgreesWithTheReference() throws IOException {
    agrees("list-append.jsonl.gz");
  }

  @Test
  void rwRegisterAgreesWithTheReference() throws IOException {
    agrees("rw-register.jsonl.gz");
  }

  private static void agrees(String name) throws IOException {
    Optional<Path> file = directory().map(found -> found.resolve(name)).filter(Files::exists);
    Assumptions.assumeTrue(
        file.isPresent(),
        "no judged histories: expected " + name + " in -Dvx.histories=DIR or ../shared/histories");
    Tally tally = new Tally();
    HistoryReader.read(file.orElseThrow(), tally::judge);
    System.out.println(name + ": " + tally);
    assertTrue(tally.asked > 0, "expected verdicts in " + file);
    assertEquals(List.of(), tally.differences);
  }

  /// The repository's root is the nearest directory above this one that holds `vx`, the build's
  /// command.
  private static Optional<Path> directory() {
    String named = System.getProperty("vx.histories", "");
    if (!named.isEmpty()) {
      return Optional.of(Path.of(named));
    }
    Optional<Path> at = Optional.of(Path.of("").toAbsolutePath());
    while (at.isPresent() && !Files.isRegularFile(at.get().resolve("vx"))) {
      at = Optional.ofNullable(at.get().getParent());
    }
    return at.map(root -> root.resolve("../shared/histories").normalize());
  }

  private static final class Tally {
    private final List<String> differences = new ArrayList<>();
    private final List<String> names = new ArrayList<>();
    private int asked;
    private int convicted;
    private int exceptions;

    void judge(History history) {
      history.verdicts().forEach((title, verdict) -> judge(history, title, verdict));
    }

    private void judge(History history, String title, JsonElement json) {
      JsonObject expected = json.getAsJsonObject();
      String valid = expected.get("valid").getAsString();
      Verdict verdict = TransactionChecker.check(history, Model.titled(title).orElseThrow());
      if (valid.equals("true") || valid.equals("false")) {
        asked++;
        Verdict.Outcome outcome =
            valid.equals("true") ? Verdict.Outcome.VALID : Verdict.Outcome.INVALID;
        String line =
            history.id()
                + " "
                + title
                + ": reference "
                + json
                + " ours "
                + verdict.outcome()
                + " "
                + verdict.names();
        if (SHARPER.contains(history.id() + " " + title)) {
          assertEquals(List.of("G-nonadjacent-item-realtime"), verdict.names(), line);
        } else if (outcome != verdict.outcome()) {
          differences.add(line);
        } else if (!verdict.names().equals(sorted(expected))) {
          names.add(line);
        }
      } else if (valid.equals("exception")) {
        exceptions++;
        convicted += verdict.outcome() == Verdict.Outcome.INVALID ? 1 : 0;
      }
    }

    private static List<String> sorted(JsonObject expected) {
      return expected.getAsJsonArray("anomalies").asList().stream()
          .map(JsonElement::getAsString)
          .sorted()
          .toList();
    }

    @Override
    public String toString() {
      return "verdicts="
          + asked
          + " differ="
          + differences.size()
          + " otherNames="
          + names.size()
          + " exceptions="
          + exceptions
          + " ofWhichConvicted="
          + convicted;
    }
  }
}
