package io.vxmeta.client.cli;

import java.util.Map;
import java.util.TreeMap;

/// What to type instead when no node was reached, by what the client says of it.
final class Hint {

  private static final Map<String, String> BY_WORDS =
      new TreeMap<>(
          Map.of(
              "First received frame was not SETTINGS",
              "what listens there is not gRPC, or wants TLS: give the nodes' client port, or --tls-ca",
              "connection closed without an answer",
              "if it always hangs up: give the nodes' client port, and --tls-ca if they use TLS",
              "what listens there has no TLS",
              "leave out --tls-ca, or give the nodes' client port",
              "certificate is not of the authority to trust",
              "give the authority of the nodes' certificates with --tls-ca",
              "certificate is for another name",
              "use the endpoint it was made for",
              "the server wants a certificate of the client's",
              "give --tls-cert and --tls-key"));

  private Hint() {}

  /// `; what to do`, or nothing.
  static String of(String message) {
    return BY_WORDS.entrySet().stream()
        .filter(entry -> message.contains(entry.getKey()))
        .map(entry -> "; " + entry.getValue())
        .findFirst()
        .orElse("");
  }
}
