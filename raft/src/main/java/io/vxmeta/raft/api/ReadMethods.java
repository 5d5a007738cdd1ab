package io.vxmeta.raft.api;

import com.google.protobuf.InvalidProtocolBufferException;
import io.grpc.MethodDescriptor;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServiceDescriptor;
import io.grpc.Status;
import io.grpc.stub.ServerCalls;
import io.vxmeta.client.v1.MetadataStoreGrpc;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/// The methods that read, served from the bytes of their messages; on the wire they are the
/// generated ones.
final class ReadMethods {
  /* Threads: any. */

  private final Spares<ReadQuestion> questions;

  /// `questions`: where read ones come from; whoever answers them gives them back.
  ReadMethods(Spares<ReadQuestion> questions) {
    this.questions = questions;
  }

  /// The whole service, with these methods instead of the generated ones.
  ServerServiceDefinition in(MetadataService service) {
    Questions whole = new Questions(questions, ReadQuestion::fillFromRead);
    Questions streamed = new Questions(questions, ReadQuestion::fillFromStreamed);
    Answers answers = new Answers();
    ServerMethodDefinition<ReadQuestion, ReadAnswer> read =
        ServerMethodDefinition.create(
            MetadataStoreGrpc.getReadMethod().toBuilder(whole, answers).build(),
            ServerCalls.asyncUnaryCall(service::answerRead));
    ServerMethodDefinition<ReadQuestion, ReadAnswer> readStream =
        ServerMethodDefinition.create(
            MetadataStoreGrpc.getReadStreamMethod().toBuilder(streamed, answers).build(),
            ServerCalls.asyncBidiStreamingCall(service::openReads));
    return with(service.bindService(), List.of(read, readStream));
  }

  private static ServerServiceDefinition with(
      ServerServiceDefinition generated, List<ServerMethodDefinition<?, ?>> ours) {
    List<ServerMethodDefinition<?, ?>> methods = new ArrayList<>(ours);
    generated.getMethods().stream()
        .filter(method -> ours.stream().noneMatch(own -> name(own).equals(name(method))))
        .forEach(methods::add);
    ServiceDescriptor.Builder descriptor =
        ServiceDescriptor.newBuilder(generated.getServiceDescriptor().getName())
            .setSchemaDescriptor(generated.getServiceDescriptor().getSchemaDescriptor());
    methods.forEach(method -> descriptor.addMethod(method.getMethodDescriptor()));
    ServerServiceDefinition.Builder service = ServerServiceDefinition.builder(descriptor.build());
    methods.forEach(service::addMethod);
    return service.build();
  }

  private static String name(ServerMethodDefinition<?, ?> method) {
    return method.getMethodDescriptor().getFullMethodName();
  }

  /// How the bytes of a message become a question.
  private interface Shape {
    void fill(ReadQuestion question, InputStream message) throws IOException;
  }

  /// Reads messages as the generated marshallers do: what is malformed ends the call with the same
  /// status.
  private record Questions(Spares<ReadQuestion> spares, Shape shape)
      implements MethodDescriptor.Marshaller<ReadQuestion> {
    @Override
    public ReadQuestion parse(InputStream message) {
      ReadQuestion question = spares.take();
      try {
        shape.fill(question, message);
        return question;
      } catch (InvalidProtocolBufferException malformed) {
        throw Status.INTERNAL
            .withDescription("Invalid protobuf byte sequence")
            .withCause(malformed)
            .asRuntimeException();
      } catch (IOException broken) {
        throw new UncheckedIOException(broken);
      }
    }

    @Override
    public InputStream stream(ReadQuestion question) {
      throw new UnsupportedOperationException("a server sends no questions");
    }
  }

  private static final class Answers implements MethodDescriptor.Marshaller<ReadAnswer> {
    @Override
    public InputStream stream(ReadAnswer answer) {
      return answer;
    }

    @Override
    public ReadAnswer parse(InputStream message) {
      throw new UnsupportedOperationException("a server receives no answers");
    }
  }
}
