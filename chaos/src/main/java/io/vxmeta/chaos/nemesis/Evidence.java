package io.vxmeta.chaos.nemesis;

import java.util.Collection;
import java.util.stream.Collectors;

/// Whether a fault did what it was meant to do, and how that is known (`exit_code=137`, `state=T`,
/// `hindered_bytes=18211`). A fault without effect proves nothing about the cluster: one that was
/// alone leaves the run undecided, one in company does not count.
public record Evidence(boolean bit, String facts) {
  public static Evidence bit(String facts) {
    return new Evidence(true, facts);
  }

  public static Evidence of(boolean bit, String facts) {
    return new Evidence(bit, facts);
  }

  public static Evidence missed(String facts) {
    return new Evidence(false, facts);
  }

  /// Bit when each of them bit, and there is one.
  static Evidence all(Collection<Evidence> parts) {
    return new Evidence(
        !parts.isEmpty() && parts.stream().allMatch(Evidence::bit),
        parts.isEmpty()
            ? "nothing was done"
            : parts.stream().map(Evidence::facts).collect(Collectors.joining("; ")));
  }
}
