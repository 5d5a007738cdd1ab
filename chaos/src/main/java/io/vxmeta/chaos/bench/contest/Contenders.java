package io.vxmeta.chaos.bench.contest;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.TreeMap;

/// The stores that can be measured here.
final class Contenders {
  static final Contender.Kind VXMETA = new Named(VxMetaContender.WORD, VxMetaContender::start);

  private Contenders() {}

  /// By their words in `--vs`. Those that need libraries of their own come as services.
  static Map<String, Contender.Kind> known() {
    Map<String, Contender.Kind> known = new TreeMap<>();
    known.put(EtcdContender.WORD, new Named(EtcdContender.WORD, EtcdContender::start));
    known.put(RedisContender.WORD, new Named(RedisContender.WORD, RedisContender::start));
    ServiceLoader.load(Contender.Kind.class).forEach(kind -> known.put(kind.word(), kind));
    return known;
  }

  private interface Start {
    Contender start(Path folder, Contender.Setting setting)
        throws IOException, InterruptedException;
  }

  private record Named(String word, Start how) implements Contender.Kind {
    @Override
    public Contender start(Path folder, Contender.Setting setting)
        throws IOException, InterruptedException {
      return how.start(folder, setting);
    }
  }
}
