package io.vxmeta.chaos.check.linear;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.chaos.check.linear.WatchStream.Began;
import io.vxmeta.chaos.check.linear.WatchStream.Change;
import io.vxmeta.chaos.check.linear.WatchStream.Commit;
import io.vxmeta.chaos.check.linear.WatchStream.Message;
import io.vxmeta.chaos.check.linear.WatchStream.Reached;
import io.vxmeta.chaos.check.linear.WatchStream.Sent;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// What a subscription may be sent.
class WatchStreamTest {
  private static final Change A1 = put("a/x", "1");
  private static final Change A2 = put("a/y", "2");
  private static final Change A3 = new Change("a/x", Optional.empty());
  private static final Change B = put("b/z", "3");

  private static final List<Commit> LOG =
      List.of(
          new Commit(1, List.of(A1)),
          new Commit(2, List.of(A2, B)),
          new Commit(3, List.of(B)),
          new Commit(5, List.of(A3, A2)));

  private static final Sent ONE = new Sent(1, List.of(A1));
  private static final Sent TWO = new Sent(2, List.of(A2));
  private static final Sent FIVE = new Sent(5, List.of(A3, A2));

  private static Change put(String key, String value) {
    return new Change(key, Optional.of(value));
  }

  @Test
  void everyCoveredChangeOnceInOrderHolds() {
    assertHolds(new Began(0), ONE, TWO, new Reached(3), FIVE);
    assertHolds(new Began(1), TWO, new Reached(4));
    assertHolds(new Began(5));
  }

  @Test
  void sessionThatResumesWhereTheLastOneEndedHolds() {
    assertHolds(new Began(0), ONE, new Began(1), TWO, new Reached(4), new Began(4), FIVE);
  }

  @Test
  void unfinishedStreamHolds() {
    assertHolds(new Began(0), ONE);
  }

  @Test
  void writeInDoubtMayBeSent() {
    Sent four = new Sent(4, List.of(put("a/w", "9")));
    assertEquals(
        new Verdict.Holds(),
        WatchStream.judge(
            "a/",
            LOG,
            List.of(List.of(B, put("a/w", "9"))),
            List.of(new Began(0), ONE, TWO, four, FIVE)));
    assertBroken("not atomic", new Began(0), ONE, TWO, four, FIVE);
  }

  @Test
  void changeOfAnotherPrefixIsNotFiltered() {
    assertBroken("not filtered", new Began(0), ONE, new Sent(2, List.of(A2, B)));
  }

  @Test
  void olderRevisionIsNotOrdered() {
    assertBroken("not ordered", new Began(0), TWO, ONE);
    assertBroken("not ordered", new Began(1), ONE);
  }

  @Test
  void repeatedRevisionIsNotUnique() {
    assertBroken("not unique", new Began(0), ONE, ONE);
    assertBroken("not unique", new Began(0), ONE, TWO, new Began(2), TWO);
  }

  @Test
  void subscriberThatGoesBackIsSentThingsAgain() {
    assertHolds(new Began(0), ONE, TWO, new Began(1), TWO, FIVE);
    assertBroken("not complete", new Began(0), ONE, TWO, new Began(1), FIVE);
  }

  @Test
  void partOfATransactionIsNotAtomic() {
    assertBroken("not atomic", new Began(4), new Sent(5, List.of(A3)));
    assertBroken("not atomic", new Began(4), new Sent(5, List.of(A3, put("a/y", "7"))));
  }

  @Test
  void sessionThatBeginsTooLateIsNotResumable() {
    assertBroken("not resumable", new Began(0), ONE, new Began(2), FIVE);
  }

  @Test
  void changeThatIsLeftOutIsNotComplete() {
    assertBroken("not complete", new Began(0), ONE, FIVE);
    assertBroken("not complete", new Began(0), ONE, new Reached(2));
  }

  @Test
  void markBehindWhatWasSentIsNotOrdered() {
    assertBroken("not ordered", new Began(0), ONE, TWO, new Reached(1));
    assertHolds(new Began(0), ONE, TWO, new Reached(2));
  }

  @Test
  void sessionThatBeginsWhereTheMarkStoodHolds() {
    assertHolds(new Began(0), ONE, TWO, new Reached(4), new Began(4));
    assertBroken("not resumable", new Began(0), ONE, TWO, new Reached(4), new Began(5));
  }

  @Test
  void beginningSaysThatWhatCameBeforeItWasSent() {
    assertBroken("complete: message 2: revision 1 was", new Began(0), new Reached(0), new Began(4));
    assertBroken("complete: message 1: revision 1 was", new Began(0), new Reached(1));
  }

  @Test
  void offendersAreTheMessagesThatBrokeTheClaim() {
    Verdict.Broken broken =
        assertInstanceOf(
            Verdict.Broken.class,
            WatchStream.judge("a/", LOG, List.of(), List.of(new Began(0), ONE, FIVE)));
    assertEquals(List.of(2), broken.operations());
    assertEquals(
        "not complete: message 2: revision 2 was not sent, though the stream came to 5: ["
            + A2
            + "]",
        broken.proof());
  }

  @Test
  void streamThatDoesNotSayWhereItBeganIsUndecided() {
    assertInstanceOf(
        Verdict.Undecided.class, WatchStream.judge("a/", LOG, List.of(), List.of(ONE)));
    assertInstanceOf(Verdict.Undecided.class, WatchStream.judge("a/", LOG, List.of(), List.of()));
  }

  private static void assertHolds(Message... messages) {
    assertEquals(new Verdict.Holds(), WatchStream.judge("a/", LOG, List.of(), List.of(messages)));
  }

  private static void assertBroken(String words, Message... messages) {
    Verdict.Broken broken =
        assertInstanceOf(
            Verdict.Broken.class, WatchStream.judge("a/", LOG, List.of(), List.of(messages)));
    assertTrue(broken.proof().contains(words), broken.proof());
  }
}
