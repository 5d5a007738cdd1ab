package io.vxmeta.chaos.run;

/// A plan, or an option that makes one, that can not be run.
final class PlanInvalid extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  PlanInvalid(String key, String expected, String found) {
    super(
        "invalid plan: key=%s expected=%s found=%s; mend it and start again"
            .formatted(key, expected, found));
  }
}
