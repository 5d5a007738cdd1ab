package io.vxmeta.raft.ratis;

import org.apache.ratis.protocol.Message;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;

/// A proposal as Ratis carries it: comes back in apply on the replica that proposed it, so nothing
/// is parsed there.
final class ProposalMessage implements Message {
  private final Proposal proposal;
  private final ByteString content;
  private volatile boolean appending;

  ProposalMessage(Proposal proposal, ByteString content) {
    this.proposal = proposal;
    this.content = content;
  }

  Proposal proposal() {
    return proposal;
  }

  /// From here on the entry may reach the log: failure means "unknown", not "refused".
  void onAppending() {
    appending = true;
  }

  boolean appending() {
    return appending;
  }

  @Override
  public ByteString getContent() {
    return content;
  }
}
