package io.vxmeta.chaos.cluster;

import io.vxmeta.chaos.net.Disturbance;
import io.vxmeta.chaos.net.Trouble;
import io.vxmeta.chaos.net.Way;
import io.vxmeta.chaos.net.Wires;
import io.vxmeta.shardmap.Endpoint;
import io.vxmeta.shardmap.NodeId;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.IntStream;

/// A cluster that is only described: it says what it could have, and nothing can be done to it.
///
/// @param pid of every node; none when nodes are no processes
/// @param wires none when its network can not be broken
/// @param storage where nodes keep their data
public record PaperCluster(OptionalLong pid, Optional<Wires> wires, Storage storage)
    implements Cluster {
  /* Five nodes, so that no fault finds too few. */
  private static final int NODES = 5;

  /// Where nodes keep their data.
  public enum Storage {
    SHARED,
    OWN_DISKS
  }

  /// A network that can not have these troubles.
  public record PaperWires(Set<Class<? extends Trouble>> impossible) implements Wires {
    @Override
    public Optional<String> whyNot(Class<? extends Trouble> trouble) {
      return impossible.contains(trouble) ? Optional.of("not here") : Optional.empty();
    }

    @Override
    public Disturbance disturb(Collection<Way> ways, Trouble trouble) {
      throw onPaper();
    }

    @Override
    public void probe(Collection<Way> ways) {
      throw onPaper();
    }

    @Override
    public void heal() {}
  }

  /// Disks that are there.
  private static final class PaperDisks implements Disks {
    @Override
    public Path mountPoint(NodeId node) {
      throw onPaper();
    }

    @Override
    public long freeBytes(NodeId node) {
      throw onPaper();
    }

    @Override
    public void cutPower(NodeId node) {
      throw onPaper();
    }

    @Override
    public void restorePower(NodeId node) {
      throw onPaper();
    }

    @Override
    public void hang(NodeId node) {
      throw onPaper();
    }

    @Override
    public void resume(NodeId node) {
      throw onPaper();
    }
  }

  private static UnsupportedOperationException onPaper() {
    return new UnsupportedOperationException("this cluster is only described");
  }

  @Override
  public List<NodeId> nodes() {
    return IntStream.range(0, NODES).mapToObj(i -> new NodeId("n" + i)).toList();
  }

  @Override
  public OptionalLong pid(NodeId node) {
    return pid;
  }

  @Override
  public Optional<Disks> disks() {
    return storage == Storage.OWN_DISKS ? Optional.of(new PaperDisks()) : Optional.empty();
  }

  @Override
  public Optional<Launches> launches() {
    return pid.isPresent() ? Optional.of((_, _) -> {}) : Optional.empty();
  }

  @Override
  public List<Endpoint> endpoints() {
    throw onPaper();
  }

  @Override
  public Endpoint endpoint(NodeId node) {
    throw onPaper();
  }

  @Override
  public Path folder(NodeId node) {
    throw onPaper();
  }

  @Override
  public Path data(NodeId node) {
    throw onPaper();
  }

  @Override
  public boolean isRunning(NodeId node) {
    return false;
  }

  @Override
  public void kill(NodeId node) {
    throw onPaper();
  }

  @Override
  public void killEach() {
    throw onPaper();
  }

  @Override
  public int stop(NodeId node) {
    throw onPaper();
  }

  @Override
  public void launch(NodeId node) {
    throw onPaper();
  }

  @Override
  public void awaitReady(NodeId node) {
    throw onPaper();
  }

  @Override
  public String lastWords(NodeId node) {
    throw onPaper();
  }

  @Override
  public void close() {}
}
