package io.vxmeta.client.cli;

import java.util.Map;
import java.util.TreeMap;

/// What to type instead when no node was reached, by what the client says of it.
final class Hint {

  private static final Map<String, String> BY_WORDS =
      new TreeMap<>(
          Map.of(
              "not a vx-meta client port",
              "--endpoints takes the nodes' client ports (7401 unless configured), not those for Raft,"
                  + " peers or operators",
              "what listens there wants TLS",
              "give --tls-ca",
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
