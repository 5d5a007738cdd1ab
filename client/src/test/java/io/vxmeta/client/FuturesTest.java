package io.vxmeta.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

final class FuturesTest {
  private final List<Integer> notes = new ArrayList<>();

  private int note(int value) {
    notes.add(value);
    return value;
  }

  @Test
  void aValueIsNotedBeforeItIsSeen() {
    CompletableFuture<Integer> value = new CompletableFuture<>();
    CompletableFuture<List<Integer>> seen =
        Futures.noted(value, this::note).thenApply(ignored -> List.copyOf(notes));
    assertTrue(value.complete(7));
    assertEquals(List.of(7), seen.join());
  }

  @Test
  void aValueIsNotedAlsoWhenNobodyWaitsForItAnyMore() {
    CompletableFuture<Integer> value = new CompletableFuture<>();
    assertTrue(Futures.noted(value, this::note).cancel(true));
    assertTrue(value.complete(7));
    assertEquals(List.of(7), notes);
  }
}
