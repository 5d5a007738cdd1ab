package io.vxmeta.client.cli;

import io.vxmeta.client.ClientConfig;
import io.vxmeta.client.VxClient;
import io.vxmeta.client.grpc.Channels.TlsFiles;
import io.vxmeta.client.grpc.ToolStart;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// The options that say which cluster to talk to and how long to try.
public final class Connection {

  private static final Pattern DURATION = Pattern.compile("(\\d{1,9})(ms|s|m|h)?");

  @Option(
      names = "--endpoints",
      paramLabel = "HOST:PORT,...",
      defaultValue = "127.0.0.1:7401,127.0.0.1:7402,127.0.0.1:7403",
      descriptionKey = SettingDefaults.MARK,
      description = "Any nodes of the cluster.")
  private String endpoints = "";

  @Option(
      names = "--timeout",
      paramLabel = "DURATION",
      defaultValue = "5s",
      descriptionKey = SettingDefaults.MARK,
      description = "How long to try: 500ms, 5s, 2m.")
  private String timeout = "";

  @Option(
      names = "--tls-ca",
      paramLabel = "FILE",
      descriptionKey = SettingDefaults.MARK,
      description = "Use TLS, and trust this authority (PEM).")
  private @Nullable Path authority;

  @Option(
      names = "--tls-cert",
      paramLabel = "FILE",
      descriptionKey = SettingDefaults.MARK,
      description = "The client's certificate (PEM).")
  private @Nullable Path certificate;

  @Option(
      names = "--tls-key",
      paramLabel = "FILE",
      descriptionKey = SettingDefaults.MARK,
      description = "The client's private key (PEM).")
  private @Nullable Path key;

  /// Read before anything is parsed, since it says what the other flags are worth.
  @Option(
      names = SettingDefaults.CONTEXT_FLAG,
      paramLabel = "NAME",
      description = "Take flags that are not given from this context (see vxctl config).")
  private @Nullable String unusedContext;

  private Function<ClientConfig, VxClient> clients = VxClient::connect;

  /// Has the client opened by somebody else, who may keep it.
  void openBy(Function<ClientConfig, VxClient> opening) {
    clients = opening;
  }

  /// A client of that cluster.
  public VxClient open() {
    ClientConfig config = config();
    ToolStart.lean();
    return clients.apply(config);
  }

  /// What a client of that cluster is told; throws what is wrong with the flags.
  ClientConfig config() {
    ClientConfig config = ClientConfig.of(endpoints).withDeadline(timeout());
    Optional<TlsFiles> tls = tls();
    return tls.isPresent() ? config.withTls(tls.get()) : config;
  }

  private Optional<TlsFiles> tls() {
    if ((certificate == null) != (key == null)) {
      throw CommandFailed.usage(
          "a certificate and its key come together: --tls-cert="
              + certificate
              + " --tls-key="
              + key
              + "; give both or none");
    }
    if (authority == null) {
      if (certificate != null) {
        throw CommandFailed.usage(
            "TLS needs an authority to trust: --tls-cert="
                + certificate
                + " --tls-ca=null; give --tls-ca, the servers' authority (PEM)");
      }
      return Optional.empty();
    }
    return Optional.of(
        new TlsFiles(
            PemFile.certificates("--tls-ca", authority),
            Optional.ofNullable(certificate).map(file -> PemFile.certificates("--tls-cert", file)),
            Optional.ofNullable(key).map(file -> PemFile.key("--tls-key", file))));
  }

  Duration timeout() {
    return duration("--timeout", timeout);
  }

  static Duration duration(String option, String text) {
    Matcher matcher = DURATION.matcher(text);
    if (!matcher.matches() || Long.parseLong(matcher.group(1)) == 0) {
      throw CommandFailed.usage(
          "no such duration: "
              + option
              + "="
              + text
              + " expected=a positive duration like 5s; its unit is ms, s, m or h");
    }
    long amount = Long.parseLong(matcher.group(1));
    String unit = matcher.group(2) == null ? "s" : matcher.group(2);
    return switch (unit) {
      case "ms" -> Duration.ofMillis(amount);
      case "m" -> Duration.ofMinutes(amount);
      case "h" -> Duration.ofHours(amount);
      default -> Duration.ofSeconds(amount);
    };
  }
}
