package io.vxmeta.client.grpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.Metadata;
import io.grpc.Status;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketException;
import java.net.UnknownHostException;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.Test;

/// The texts are those that gRPC and Netty gave when the failure was brought about.
class TransportWordsTest {

  private static final String PIPELINE =
      "io exception\nChannel Pipeline: [SslHandler#0, ProtocolNegotiators$ClientTlsHandler#0]";

  private static RpcFailure failure(Status status) {
    return RpcFailure.of(status, new Metadata(), RpcFailure.Sent.NOTHING);
  }

  private static String told(Status.Code code, String text) {
    return failure(code.toStatus().withDescription(text)).told();
  }

  private static String told(String text, Throwable cause) {
    return failure(Status.UNAVAILABLE.withDescription(text).withCause(cause)).told();
  }

  private static Throwable wrapped(Exception root) {
    return new IOException("annotated: /127.0.0.1:1", root);
  }

  @Test
  void connectionsThatAreNotMadeSayWhy() {
    assertEquals(
        "connection refused",
        told("io exception", wrapped(new ConnectException("Connection refused"))));
    assertEquals(
        "no such host",
        told("Unable to resolve host nowhere", wrapped(new UnknownHostException("nowhere"))));
    assertEquals(
        "no connection in time",
        told(
            Status.Code.DEADLINE_EXCEEDED,
            "CallOptions deadline exceeded after 1.199921634s. Name resolution delay 0.000000000"
                + " seconds. [connecting_and_lb_delay=1265574916ns, was_still_waiting]"));
    assertEquals(
        "connection failed: something new",
        told("io exception", wrapped(new SocketException("something new"))));
  }

  @Test
  void connectionsThatEndSayHow() {
    assertEquals("connection reset", told("io exception", new SocketException("Connection reset")));
    assertEquals(
        "connection closed without an answer",
        told(Status.Code.UNAVAILABLE, "Network closed for unknown reason"));
    assertEquals(
        "the node closed the connection",
        told(
            Status.Code.UNAVAILABLE,
            "Connection closed after GOAWAY. HTTP/2 error code: NO_ERROR, debug data: app_requested"));
    assertEquals(
        "no answer in time",
        told(
            Status.Code.DEADLINE_EXCEEDED,
            "CallOptions deadline exceeded after 0.299s. [remote_addr=/127.0.0.1:7401]"));
  }

  @Test
  void handshakesThatFailSayOnWhat() {
    assertEquals(
        "TLS handshake failed: what listens there has no TLS",
        told(PIPELINE, new SSLHandshakeException("not an SSL/TLS record: 000012040000")));
    assertEquals(
        "TLS handshake failed: the server's certificate is not of the authority to trust",
        told(
            PIPELINE,
            new SSLHandshakeException("unable to find valid certification path to requested")));
    assertEquals(
        "TLS handshake failed: the server's certificate is for another name",
        told(
            PIPELINE,
            new SSLHandshakeException("No subject alternative names matching IP address found")));
    assertEquals(
        "TLS handshake failed: the server wants a certificate of the client's",
        told("ssl exception", new SSLHandshakeException("TLSV1_ALERT_CERTIFICATE_REQUIRED")));
    assertEquals(
        "TLS handshake failed: no protocols in common",
        told("ssl exception", new SSLHandshakeException("no protocols in common")));
  }

  @Test
  void portsThatAreNoneForClientsAreKnownByTheirAnswer() {
    String frame = "First received frame was not SETTINGS. Hex dump for first 5 bytes: ";
    assertEquals(
        "not a vx-meta client port: it answers HTTP/1, as a node's admin port does",
        told("http2 exception", new IllegalStateException(frame + "485454502f")));
    assertEquals(
        "what listens there wants TLS",
        told("http2 exception", new IllegalStateException(frame + "1503030002")));
    assertEquals(
        "not a vx-meta client port: it does not speak gRPC",
        told("http2 exception", new IllegalStateException(frame + "5353482d32")));
    assertEquals(
        "not a vx-meta client port: it answers HTTP, and not as gRPC does",
        told(Status.Code.UNIMPLEMENTED, "HTTP status code 404\ninvalid content-type: text/html"));
    assertTrue(
        told(Status.Code.UNIMPLEMENTED, "Method not found: vxmeta.v1.ClusterAdmin/GetStatus")
            .startsWith("not a vx-meta client port"));
  }

  /// Also where they speak of the same things: they had these troubles with somebody else.
  @Test
  void whatServersSayStaysAsItIs() {
    assertEquals(
        "INTERNAL: unforeseen: java.net.ConnectException: Connection refused",
        told(Status.Code.INTERNAL, "unforeseen: java.net.ConnectException: Connection refused"));
    assertEquals("PERMISSION_DENIED: not you", told(Status.Code.PERMISSION_DENIED, "not you"));
    assertEquals("UNAVAILABLE", failure(Status.UNAVAILABLE).told());
    assertEquals(
        "UNAVAILABLE: no longer wanted: gone",
        told("no longer wanted", new IllegalStateException("gone")));
  }
}
