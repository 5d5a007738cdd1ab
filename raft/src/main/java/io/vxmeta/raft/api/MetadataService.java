package io.vxmeta.raft.api;

import io.grpc.Context;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.vxmeta.client.v1.MetadataStoreGrpc;
import io.vxmeta.client.v1.ScanRequest;
import io.vxmeta.client.v1.ScanResponse;
import io.vxmeta.client.v1.WriteRequest;
import io.vxmeta.client.v1.WriteResponse;
import java.util.concurrent.CompletableFuture;

/// The data service: every call is checked, then read or written, then answered, never blocking a
/// thread on another node.
final class MetadataService extends MetadataStoreGrpc.MetadataStoreImplBase {
  private final ReadCalls reads;
  private final WriteCalls writes;
  private final CallErrors errors;

  MetadataService(ReadCalls reads, WriteCalls writes, CallErrors errors) {
    this.reads = reads;
    this.writes = writes;
    this.errors = errors;
  }

  /// In the place of the generated method; see [ReadMethods].
  void answerRead(ReadQuestion question, StreamObserver<ReadAnswer> answers) {
    answer(
        reads.read(question, RouteHeader.of(HeaderCapture.current()), Deadlines.ofCall()), answers);
  }

  @Override
  public void write(WriteRequest request, StreamObserver<WriteResponse> answers) {
    Context call = Context.current();
    answer(
        writes.write(request, RouteHeader.of(HeaderCapture.current()), call::isCancelled), answers);
  }

  private <T> void answer(CompletableFuture<T> future, StreamObserver<T> answers) {
    var _ =
        future.whenComplete((answer, problem) -> {
          if (problem != null) {
            answers.onError(errors.tell(problem));
          } else {
            answers.onNext(answer);
            answers.onCompleted();
          }
        });
  }

  /// In the place of the generated method, too.
  StreamObserver<ReadQuestion> openReads(StreamObserver<ReadAnswer> answers) {
    RouteHeader header = RouteHeader.of(HeaderCapture.current());
    return new ReadStreamCall(reads, header, (ServerCallStreamObserver<ReadAnswer>) answers);
  }

  @Override
  public StreamObserver<WriteRequest> writeStream(StreamObserver<WriteResponse> answers) {
    return new WriteStreamCall(
        writes,
        errors,
        RouteHeader.of(HeaderCapture.current()),
        (ServerCallStreamObserver<WriteResponse>) answers);
  }

  @Override
  public void scan(ScanRequest request, StreamObserver<ScanResponse> answers) {
    ServerCallStreamObserver<ScanResponse> out = (ServerCallStreamObserver<ScanResponse>) answers;
    ScanCall call = new ScanCall(request, out, errors);
    out.setOnReadyHandler(call::pump);
    var _ =
        reads
            .scan(request, RouteHeader.of(HeaderCapture.current()), Deadlines.ofCall())
            .whenComplete((source, problem) -> {
              if (problem != null) {
                answers.onError(errors.tell(problem));
              } else {
                call.begin(source);
              }
            });
  }
}
