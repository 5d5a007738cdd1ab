package io.vxmeta.chaos.nemesis;

import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Whether a fault did what it was meant to do, and how that is known (`exit_code=137`, `state=T`,
/// `hindered=18`). A fault without effect proves nothing about the cluster: one that was alone and
/// has none twice leaves the run undecided, one in company does not count, and a kind that never
/// has any leaves it undecided as well.
///
/// @param misdeeds what nodes did that they must not do under this fault, however bad it is: going
///   on after a failed flush, dying of a clock that jumps; each is an anomaly
public record Evidence(boolean bit, String facts, List<String> misdeeds) {
  public Evidence {
    misdeeds = List.copyOf(misdeeds);
  }

  public static Evidence bit(String facts) {
    return of(true, facts);
  }

  public static Evidence of(boolean bit, String facts) {
    return new Evidence(bit, facts, List.of());
  }

  public static Evidence missed(String facts) {
    return of(false, facts);
  }

  /// The same, and a node broke its promise.
  public Evidence withMisdeed(String misdeed) {
    return new Evidence(bit, facts, Stream.concat(misdeeds.stream(), Stream.of(misdeed)).toList());
  }

  /// Bit when each of them bit, and there is one.
  static Evidence all(Collection<Evidence> parts) {
    return new Evidence(
        !parts.isEmpty() && parts.stream().allMatch(Evidence::bit),
        parts.isEmpty()
            ? "nothing was done"
            : parts.stream().map(Evidence::facts).collect(Collectors.joining("; ")),
        parts.stream().flatMap(part -> part.misdeeds.stream()).toList());
  }
}
