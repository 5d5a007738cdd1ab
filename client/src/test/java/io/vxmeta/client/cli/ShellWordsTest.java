package io.vxmeta.client.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class ShellWordsTest {
  @Test
  void blanksPartWords() {
    assertEquals(List.of("get", "a", "-o", "json"), ShellWords.of("  get a\t-o  json "));
    assertEquals(List.of(), ShellWords.of(" "));
  }

  @Test
  void quotesHoldWordsTogether() {
    assertEquals(
        List.of("put", "a b", "c \"d\" \\", ""), ShellWords.of("put 'a b' 'c \"d\" \\' ''"));
    assertEquals(List.of("it's", "a\"b\\c\\n"), ShellWords.of("\"it's\" \"a\\\"b\\\\c\\n\""));
    assertEquals(List.of("prefix and more"), ShellWords.of("pre'fix and'\" more\""));
  }

  @Test
  void backslashTakesTheNextCharacterAsItIs() {
    assertEquals(List.of("a b", "'", "#"), ShellWords.of("a\\ b \\' \\#"));
  }

  @Test
  void commentsAreNoWords() {
    assertEquals(List.of("get", "a#b"), ShellWords.of("get a#b # the first"));
    assertEquals(List.of(), ShellWords.of("# nothing"));
  }

  @Test
  void lineThatEndsTooEarlyIsRefused() {
    for (String line : List.of("put a 'b", "put a \"b\\\"", "put a\\")) {
      IllegalArgumentException refusal =
          assertThrows(IllegalArgumentException.class, () -> ShellWords.of(line));
      assertTrue(String.valueOf(refusal.getMessage()).length() > 10, line);
    }
  }
}
