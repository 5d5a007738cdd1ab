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
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
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

  private static final String EITHER_ORDER =
      "two reads of key 15 are equally long and differ: either may be taken for the order, and each"
          + " has cycles of its own";
  private static final String ONE_RW_IS_SHORTER =
      "the shortest cycle through each rw edge has that one alone: it is named as a G-single, which"
          + " is worse";
  private static final String WRITES_ALONE =
      "no edge of the cycle is a read of a write: it is a G0, which is worse than a G1c";
  private static final String FAILED_AS_A_WHOLE =
      "the value read is of a transaction that failed: G1a says so, whatever that transaction wrote"
          + " next";
  private static final String WRITTEN_BY_NOBODY =
      "the list has an element that nobody appended, which the reference does not tell";

  /// Names that one of the two gives and the other does not, beyond what [Names] explains for all
  /// histories.
  private static final Map<String, String> KNOWN =
      Map.of(
          "la-101-00966 G-single-item", EITHER_ORDER,
          "la-102-00700 G-nonadjacent-item-realtime", ONE_RW_IS_SHORTER,
          "la-104-00530 G-nonadjacent-item-realtime", ONE_RW_IS_SHORTER,
          "la-103-00135 G1b", FAILED_AS_A_WHOLE,
          "la-102-00913 garbage-read", WRITTEN_BY_NOBODY,
          "la-104-00432 garbage-read", WRITTEN_BY_NOBODY,
          "rw-201-00321 G1c-realtime", WRITES_ALONE,
          "rw-201-00321 G1c-process", WRITES_ALONE,
          "rw-202-00451 G1c-realtime", WRITES_ALONE);

  @Test
  void listAppendAgreesWithTheReference() throws IOException {
    agrees("list-append.jsonl.gz", "la-");
  }

  @Test
  void rwRegisterAgreesWithTheReference() throws IOException {
    agrees("rw-register.jsonl.gz", "rw-");
  }

  /// `ids` is how the ids of the file's histories begin.
  private static void agrees(String name, String ids) throws IOException {
    Optional<Path> file = directory().map(found -> found.resolve(name)).filter(Files::exists);
    Assumptions.assumeTrue(
        file.isPresent(),
        "no judged histories: expected " + name + " in -Dvx.histories=DIR or ../shared/histories");
    Tally tally = new Tally();
    HistoryReader.read(file.orElseThrow(), tally::judge);
    System.out.println(name + ": " + tally);
    assertTrue(tally.asked > 0, "expected verdicts in " + file);
    assertEquals(List.of(), tally.differences);
    assertEquals(List.of(), tally.names);
    assertEquals(
        tally.exceptions, tally.convicted, "the reference stops where nobody wrote a value");
    Set<String> known = new TreeSet<>(KNOWN.keySet());
    known.removeIf(each -> !each.startsWith(ids));
    assertEquals(known, tally.known, "each exception is still one");
  }

  /// Which names of one verdict have no explanation.
  private record Names(String history, List<String> ours) {
    /* What explains a difference in every history:
     *   1. Kinds of cycles are sought one by one here, all that the model forbids; the reference stops at fewer.
     *   2. A kind that was found without an order (process, real time) is not sought again with it.
     *   3. The reference may only say that there is a cycle, or that its time was over; here it has a name.
     *   4. Where the reference is not stable, it has another list of names as well. */

    private static final Pattern CYCLE = Pattern.compile("(G0|G1c|G-|G2).*");
    private static final Pattern UNNAMED = Pattern.compile(".*-cycle-exists|cycle-search-timeout");

    List<String> unexplained(JsonObject expected) {
      List<String> names = unexplained(names(expected));
      return names.isEmpty() || !expected.has("alt")
          ? names
          : unexplained(names(expected.getAsJsonObject("alt")));
    }

    private static List<String> names(JsonObject verdict) {
      return verdict.getAsJsonArray("anomalies").asList().stream()
          .map(JsonElement::getAsString)
          .toList();
    }

    private List<String> unexplained(List<String> reference) {
      Stream<String> more =
          ours.stream()
              .filter(name -> !reference.contains(name))
              .filter(name -> !CYCLE.matcher(name).matches());
      Stream<String> fewer =
          reference.stream()
              .filter(name -> !ours.contains(name))
              .filter(name -> !ours.contains(name.replaceAll("-(process|realtime)$", "")))
              .filter(name -> !UNNAMED.matcher(name).matches());
      return Stream.concat(more, fewer).map(name -> history + " " + name).toList();
    }
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
    private final Set<String> known = new TreeSet<>();
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
        } else {
          compare(new Names(history.id(), verdict.names()).unexplained(expected), line);
        }
      } else if (valid.equals("exception")) {
        exceptions++;
        convicted += verdict.outcome() == Verdict.Outcome.INVALID ? 1 : 0;
      }
    }

    private void compare(List<String> unexplained, String line) {
      for (String name : unexplained) {
        if (KNOWN.containsKey(name)) {
          known.add(name);
        } else {
          names.add(name + ": " + line);
        }
      }
    }

    @Override
    public String toString() {
      return "verdicts="
          + asked
          + " differ="
          + differences.size()
          + " otherNames="
          + names.size()
          + " known="
          + known.size()
          + " exceptions="
          + exceptions
          + " ofWhichConvicted="
          + convicted;
    }
  }
}
