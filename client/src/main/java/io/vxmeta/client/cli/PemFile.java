package io.vxmeta.client.cli;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;

/// Refuses files that are no certificates or keys, before a connection would with less to say.
final class PemFile {

  private static final String KEY = "-----BEGIN PRIVATE KEY-----";

  private PemFile() {}

  static Path certificates(String flag, Path file) {
    try {
      byte[] text = Files.readAllBytes(file);
      int found =
          CertificateFactory.getInstance("X.509")
              .generateCertificates(new ByteArrayInputStream(text))
              .size();
      if (found == 0) {
        throw refused(flag, file, "there is none in it", "certificates (PEM)");
      }
      return file;
    } catch (IOException unreadable) {
      throw refused(flag, file, unreadable.toString(), "certificates (PEM) that you may read");
    } catch (CertificateException garbled) {
      String cause = String.valueOf(garbled.getMessage());
      throw refused(flag, file, cause, "certificates (PEM)");
    }
  }

  static Path key(String flag, Path file) {
    try {
      if (!new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1).contains(KEY)) {
        throw refused(
            flag,
            file,
            "there is none in it",
            "a private key (PEM, PKCS #8: openssl pkcs8 -topk8 -nodes)");
      }
      return file;
    } catch (IOException unreadable) {
      throw refused(flag, file, unreadable.toString(), "a private key (PEM) that you may read");
    }
  }

  private static CommandFailed refused(String flag, Path file, String cause, String expected) {
    return new CommandFailed(
        ExitCode.ERROR,
        "cannot use the file: " + flag + "=" + file + " cause=" + cause + "; give " + expected);
  }
}
