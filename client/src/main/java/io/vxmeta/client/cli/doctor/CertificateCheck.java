package io.vxmeta.client.cli.doctor;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;

/// Looks at when the certificates of a file (PEM) end.
///
/// @param now as the certificates count it
public record CertificateCheck(Instant now) {

  /// Time enough to order new ones.
  private static final Duration LEFT_GOOD = Duration.ofDays(30);

  public Finding of(Path file) {
    String check = "certificate";
    try (InputStream in = Files.newInputStream(file)) {
      Collection<? extends Certificate> all =
          CertificateFactory.getInstance("X.509").generateCertificates(in);
      if (all.isEmpty()) {
        throw new CertificateException("there is none in it");
      }
      return firstToEnd(check, file, all);
    } catch (IOException | CertificateException unreadable) {
      return Finding.fail(
          check,
          file
              + " can not be read: "
              + String.valueOf(unreadable.getMessage()).lines().findFirst().orElse(""),
          "give a file of certificates (PEM) that you may read");
    }
  }

  private Finding firstToEnd(String check, Path file, Collection<? extends Certificate> all) {
    Instant begins = Instant.MIN;
    Instant ends = Instant.MAX;
    for (Certificate each : all) {
      if (each instanceof X509Certificate certificate) {
        Instant begin = certificate.getNotBefore().toInstant();
        Instant end = certificate.getNotAfter().toInstant();
        begins = begin.isAfter(begins) ? begin : begins;
        ends = end.isBefore(ends) ? end : ends;
      }
    }
    String fact = file + " is valid until " + ends;
    if (now.isBefore(begins)) {
      return Finding.fail(
          check, file + " is valid from " + begins, "set the clock right, or wait until then");
    }
    if (!now.isBefore(ends)) {
      return Finding.fail(check, fact, "it has ended: replace it and restart what uses it");
    }
    return Duration.between(now, ends).compareTo(LEFT_GOOD) < 0
        ? Finding.warn(check, fact, "replace it soon")
        : Finding.ok(check, fact);
  }
}
