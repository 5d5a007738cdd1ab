package io.vxmeta.client.grpc;

import io.grpc.Status;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/// What gRPC says of its own failures, in the words of who tried to reach a node.
final class TransportWords {
  /* What a server says stays as it is: a status has a cause only where it was made in this process, and without one only
   * texts count that begin as gRPC's own do.
   * A text of a later gRPC that is not known here is told as it is: less plain, not less true. */

  /// A part of a text of gRPC, Netty or the JDK, and what it means.
  private record Saying(String part, String meaning) {}

  /// The first that fits counts. Of a first frame that is none, gRPC shows the bytes: `HTTP/`, or a
  /// record of TLS.
  private static final List<Saying> SAYINGS =
      List.of(
          new Saying(
              "first 5 bytes: 485454502f",
              "not a vx-meta client port: it answers HTTP/1, as a node's admin port does"),
          new Saying("first 5 bytes: 1503", "what listens there wants TLS"),
          new Saying(
              "First received frame was not SETTINGS",
              "not a vx-meta client port: it does not speak gRPC"),
          new Saying(
              "HTTP status code",
              "not a vx-meta client port: it answers HTTP, and not as gRPC does"),
          new Saying(
              "not an SSL/TLS record", "TLS handshake failed: what listens there has no TLS"),
          new Saying(
              "unable to find valid certification path",
              "TLS handshake failed: the server's certificate is not of the authority to trust"),
          new Saying(
              "No subject alternative",
              "TLS handshake failed: the server's certificate is for another name"),
          new Saying(
              "No name matching",
              "TLS handshake failed: the server's certificate is for another name"),
          new Saying(
              "CERTIFICATE_REQUIRED",
              "TLS handshake failed: the server wants a certificate of the client's"),
          new Saying(
              "Connection closed while performing TLS negotiation",
              "TLS handshake failed: what listens there closed the connection"),
          new Saying("Unable to resolve host", "no such host"),
          new Saying("Connection refused", "connection refused"),
          new Saying("No route to host", "no route to the host"),
          new Saying("Network is unreachable", "no route to the host"),
          new Saying("onnection timed out", "no connection in time"),
          new Saying("Connection reset", "connection reset"),
          new Saying("Broken pipe", "connection reset"),
          new Saying("Network closed for unknown reason", "connection closed without an answer"),
          new Saying("Connection closed after GOAWAY", "the node closed the connection"),
          new Saying("Abrupt GOAWAY closed", "the node closed the connection"),
          new Saying("Keepalive failed", "connection lost: its pings were not answered"));

  private static final String STILL_CONNECTING = "was_still_waiting";

  /// What servers of gRPC say of a call they do not know.
  private static final String NO_METHOD = "Method not found: ";

  private TransportWords() {}

  /// Empty: the status is no failure of the transport, or none that is known.
  static Optional<String> of(Status status) {
    String text = status.getDescription() == null ? "" : status.getDescription();
    if (status.getCode() == Status.Code.DEADLINE_EXCEEDED
        && (text.contains("deadline exceeded after") || text.contains("deadline was exceeded"))) {
      return Optional.of(
          text.contains(STILL_CONNECTING) ? "no connection in time" : "no answer in time");
    }
    if (status.getCode() == Status.Code.UNIMPLEMENTED && text.startsWith(NO_METHOD)) {
      return Optional.of(
          "not a vx-meta client port, or of an older release: it speaks gRPC, as a node's Raft and"
              + " peer ports do, but does not know "
              + text.substring(NO_METHOD.length()));
    }
    Throwable cause = status.getCause();
    return SAYINGS.stream()
        .filter(
            saying -> cause == null ? text.startsWith(saying.part) : said(saying.part, text, cause))
        .map(Saying::meaning)
        .findFirst()
        .or(() -> unknown(text, cause));
  }

  private static boolean said(String part, String text, Throwable cause) {
    return text.contains(part) || messages(cause).contains(part);
  }

  private static String messages(Throwable cause) {
    StringBuilder messages = new StringBuilder();
    for (Throwable each = cause; each != null; each = each.getCause()) {
      messages.append(each.getMessage()).append('\n');
    }
    return messages.toString();
  }

  /// `io exception` and the handlers of a channel's pipeline tell nobody anything.
  private static Optional<String> unknown(String text, @Nullable Throwable cause) {
    if (cause == null) {
      return Optional.empty();
    }
    Throwable root = cause;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    String why = root.getMessage() == null ? root.getClass().getSimpleName() : root.getMessage();
    if (cause instanceof SSLException || root instanceof SSLException) {
      return Optional.of("TLS handshake failed: " + why);
    }
    return cause instanceof IOException || text.startsWith("io exception")
        ? Optional.of("connection failed: " + why)
        : Optional.empty();
  }
}
