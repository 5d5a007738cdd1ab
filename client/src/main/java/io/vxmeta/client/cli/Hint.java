package io.vxmeta.client.cli;

import java.util.Map;
import java.util.TreeMap;

/// What a transport's own words mean for whoever typed the command.
final class Hint {

  private static final Map<String, String> BY_WORDS =
      new TreeMap<>(
          Map.of(
              "First received frame was not SETTINGS",
              "what listens there is not gRPC, or wants TLS: give the nodes' client port, or --tls-ca",
              "Network closed for unknown reason",
              "what listens there hung up: give the nodes' client port, and --tls-ca if they use TLS",
              "not an SSL/TLS record",
              "what listens there does not speak TLS: leave out --tls-ca, or give the right port",
              "unable to find valid certification path",
              "the server's certificate is not of this authority: give another --tls-ca",
              "No subject alternative",
              "the server's certificate is for another name: use the endpoint it was made for",
              "CERTIFICATE_REQUIRED",
              "the server wants to know who you are: give --tls-cert and --tls-key"));

  private Hint() {}

  /// `; what it means`, or nothing.
  static String of(String message) {
    return BY_WORDS.entrySet().stream()
        .filter(entry -> message.contains(entry.getKey()))
        .map(entry -> "; " + entry.getValue())
        .findFirst()
        .orElse("");
  }
}
