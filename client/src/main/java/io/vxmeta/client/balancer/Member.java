package io.vxmeta.client.balancer;

import io.grpc.ConnectivityState;
import io.grpc.LoadBalancer.Subchannel;
import io.vxmeta.shardmap.Endpoint;
import java.util.concurrent.atomic.AtomicInteger;

/// A node's connection, how it is, and how many calls are under way on it.
final class Member {
  /* Threads: `state` is changed by the channel's synchronization context alone and read by any. */

  final Endpoint endpoint;
  final Subchannel subchannel;
  final AtomicInteger callsUnderWay = new AtomicInteger();
  private volatile ConnectivityState state;

  Member(Endpoint endpoint, Subchannel subchannel, ConnectivityState state) {
    this.endpoint = endpoint;
    this.subchannel = subchannel;
    this.state = state;
  }

  /// One that failed has failed until it is ready again, whatever it tries meanwhile.
  void onState(ConnectivityState next) {
    boolean trying = next == ConnectivityState.CONNECTING || next == ConnectivityState.IDLE;
    if (state != ConnectivityState.TRANSIENT_FAILURE || !trying) {
      state = next;
    }
  }

  ConnectivityState state() {
    return state;
  }

  boolean isReady() {
    return state == ConnectivityState.READY;
  }
}
