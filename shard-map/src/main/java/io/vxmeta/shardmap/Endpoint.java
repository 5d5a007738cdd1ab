package io.vxmeta.shardmap;

/// A host (name or address) and a TCP port somebody listens on.
public record Endpoint(String host, int port) {

  public static final int PORT_MAX = 65_535;

  public Endpoint {
    if (host.isEmpty() || host.chars().anyMatch(c -> c <= ' ' || c == '[' || c == ']')) {
      throw new IllegalArgumentException(
          "a host is a name or an address without brackets or blanks: host=\"" + host + "\"");
    }
    if (port < 0 || port > PORT_MAX) {
      throw new IllegalArgumentException("a port is 0.." + PORT_MAX + ": port=" + port);
    }
  }

  /// Reads `host:port`; an IPv6 address stands in brackets: `[::1]:7401`.
  public static Endpoint parse(String text) {
    int colon = text.lastIndexOf(':');
    if (colon < 1) {
      throw malformed(text);
    }
    String host = text.substring(0, colon);
    if (host.startsWith("[") && host.endsWith("]")) {
      host = host.substring(1, host.length() - 1);
    } else if (host.indexOf(':') >= 0) {
      throw malformed(text);
    }
    try {
      return new Endpoint(host, Integer.parseInt(text.substring(colon + 1)));
    } catch (NumberFormatException notANumber) {
      throw malformed(text);
    }
  }

  private static IllegalArgumentException malformed(String text) {
    return new IllegalArgumentException(
        "an endpoint reads host:port, or [address]:port for IPv6: endpoint=\"" + text + "\"");
  }

  @Override
  public String toString() {
    return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
  }
}
