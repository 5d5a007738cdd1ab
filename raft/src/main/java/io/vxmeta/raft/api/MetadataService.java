package io.vxmeta.raft.api;

import io.grpc.Context;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.vxmeta.client.v1.MetadataStoreGrpc;
import io.vxmeta.client.v1.ScanRequest;
import io.vxmeta.client.v1.ScanResponse;
import io.vxmeta.client.v1.WriteRequest;
import io.vxmeta.client.v1.WriteResponse;
import io.vxmeta.raft.api.SlowOperations.Operation;
import java.util.concurrent.CompletableFuture;

/// The data service: every call is checked, then read or written, then answered, never blocking a
/// thread on another node.
final class MetadataService extends MetadataStoreGrpc.MetadataStoreImplBase {
  private final ReadCalls reads;
  private final WriteCalls writes;
  private final CallErrors errors;
  private final SlowOperations slow;

  MetadataService(ReadCalls reads, WriteCalls writes, CallErrors errors, SlowOperations slow) {
    this.reads = reads;
    this.writes = writes;
    this.errors = errors;
    this.slow = slow;
  }

  /// In the place of the generated method; see [ReadMethods].
  void answerRead(ReadQuestion question, StreamObserver<ReadAnswer> answers) {
    Operation operation = slow.begin("Read", Context.current());
    RouteHeader header = RouteHeader.of(HeaderCapture.current());
    answer(reads.read(question, header, Deadlines.ofCall(), operation), operation, answers);
  }

  @Override
  public void write(WriteRequest request, StreamObserver<WriteResponse> answers) {
    Context call = Context.current();
    Operation operation = slow.begin("Write", call);
    RouteHeader header = RouteHeader.of(HeaderCapture.current());
    answer(writes.write(request, header, call::isCancelled, operation), operation, answers);
  }

  private <T> void answer(
      CompletableFuture<T> future, Operation operation, StreamObserver<T> answers) {
    var _ =
        future.whenComplete((answer, problem) -> {
          if (problem != null) {
            answers.onError(errors.tell(problem));
          } else {
            answers.onNext(answer);
            answers.onCompleted();
          }
          operation.ended(answer, problem);
        });
  }

  /// In the place of the generated method, too.
  StreamObserver<ReadQuestion> openReads(StreamObserver<ReadAnswer> answers) {
    RouteHeader header = RouteHeader.of(HeaderCapture.current());
    return new ReadStreamCall(reads, slow, header, (ServerCallStreamObserver<ReadAnswer>) answers);
  }

  @Override
  public StreamObserver<WriteRequest> writeStream(StreamObserver<WriteResponse> answers) {
    return new WriteStreamCall(
        writes,
        errors,
        slow,
        RouteHeader.of(HeaderCapture.current()),
        (ServerCallStreamObserver<WriteResponse>) answers);
  }

  @Override
  public void scan(ScanRequest request, StreamObserver<ScanResponse> answers) {
    ServerCallStreamObserver<ScanResponse> out = (ServerCallStreamObserver<ScanResponse>) answers;
    ScanCall call = new ScanCall(request, out, errors);
    out.setOnReadyHandler(call::pump);
    Operation operation = slow.begin("Scan", Context.current());
    RouteHeader header = RouteHeader.of(HeaderCapture.current());
    var _ =
        reads
            .scan(request, header, Deadlines.ofCall(), operation)
            .whenComplete((source, problem) -> {
              operation.ended(source, problem);
              if (problem != null) {
                answers.onError(errors.tell(problem));
              } else {
                call.begin(source);
              }
            });
  }
}
