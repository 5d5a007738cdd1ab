package io.vxmeta.chaos.workload;

import io.vxmeta.chaos.cluster.Cluster;
import io.vxmeta.client.VxClient;
import java.nio.file.Path;
import java.util.function.Supplier;

/// What a workload is given.
///
/// @param connect a client of the cluster, the caller's to close; some take one for each process
/// @param folder for histories and verdicts, the workload's own
/// @param seed of everything random in it
/// @param processes how many clients ask at the same time
/// @param operationsPerSecond asked at most, all processes together, so that histories stay bounded
/// @param origin the instant `time` fields of the history count from, of [System#nanoTime]
public record Stage(
    Cluster cluster,
    Supplier<VxClient> connect,
    Path folder,
    long seed,
    int processes,
    int operationsPerSecond,
    long origin,
    Pulse pulse) {}
