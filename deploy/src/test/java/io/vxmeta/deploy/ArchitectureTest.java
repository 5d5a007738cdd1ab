package io.vxmeta.deploy;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// Holds the arrows between modules and rooms, and the names people read.
class ArchitectureTest {
  /* References: docs/architecture.md has the picture these rules draw.
   * Every rule tolerates an empty room, so that a room may come later; `everyModuleIsSeen` keeps that honest. */

  private static final String ROOT = "io.vxmeta";
  private static final String GENERATED = "io.vxmeta.client.v1..";
  private static final String SHARD_MAP = "io.vxmeta.shardmap..";
  private static final String STATE_MACHINE = "io.vxmeta.statemachine..";
  private static final String CLIENT = "io.vxmeta.client..";
  private static final String RAFT = "io.vxmeta.raft..";
  private static final String CHAOS = "io.vxmeta.chaos..";
  private static final List<String> MODULES =
      List.of(SHARD_MAP, STATE_MACHINE, CLIENT, RAFT, CHAOS);

  /// Words that say what role a type plays in a pattern, not what it is.
  private static final Pattern PATTERN_WORDS =
      Pattern.compile(
          "(^Abstract[A-Z].*|^Base[A-Z].*)|"
              + "(.*[a-z0-9])?(Impl|Utils?|Helper|Manager|Processor|Info|Base)([A-Z].*)?");

  /// What the frameworks we implement call by reflection or by contract.
  private static final Set<String> FOREIGN_ACCESSORS = Set.of("getVersion", "getMessage");

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages(ROOT);

  @Test
  void everyModuleIsSeen() {
    for (String module : MODULES) {
      assertTrue(
          CLASSES.stream().anyMatch(resideInAPackage(module)),
          () -> "no class of " + module + " on the class path; add the module to deploy/pom.xml");
    }
  }

  @Test
  void shardMapKnowsNobody() {
    check(
        onlyTo(SHARD_MAP, SHARD_MAP)
            .because("shard-map is the pure centre; hand it what it needs as plain values"));
  }

  @Test
  void stateMachineKnowsOnlyTheShardMap() {
    check(
        onlyTo(STATE_MACHINE, STATE_MACHINE, SHARD_MAP)
            .because("the state machine's input is (revision, leader time, batch); pass values"));
  }

  @Test
  void stateMachineKnowsNoRaftGrpcOrProtobuf() {
    check(
        noClasses()
            .that()
            .resideInAPackage(STATE_MACHINE)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("org.apache.ratis..", "io.grpc..", "com.google.protobuf..")
            .because("replicas must compute the same state from bytes alone; parse in raft"));
  }

  @Test
  void clientKnowsOnlyTheShardMap() {
    check(
        onlyTo(CLIENT, CLIENT, SHARD_MAP)
            .because("applications embed the client; server code stays out of their class path"));
  }

  @Test
  void raftKnowsNoChaos() {
    check(
        onlyTo(RAFT, RAFT, STATE_MACHINE, CLIENT, SHARD_MAP)
            .because("servers must not know who breaks them; add an input to the server instead"));
  }

  @Test
  void chaosKnowsTheClientOnly() {
    check(
        onlyTo(CHAOS, CHAOS, CLIENT, SHARD_MAP)
            .because("the harness sees a cluster as its users do; start servers as processes"));
  }

  @Test
  void ratisIsSeenByOneRoom() {
    check(
        noClasses()
            .that()
            .resideOutsideOfPackage("io.vxmeta.raft.ratis..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.apache.ratis..")
            .because("Ratis has one adapter; add the operation to io.vxmeta.raft.ratis"));
  }

  @Test
  void nativeMemoryIsSeenByTwoRooms() {
    check(
        noClasses()
            .that()
            .resideOutsideOfPackages(
                "io.vxmeta.statemachine.table..", "io.vxmeta.statemachine.os..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("java.lang.foreign..")
            .because("offsets stay in statemachine.table and system calls in statemachine.os"));
  }

  @Test
  void micrometerIsSeenByTheServerOnly() {
    check(
        noClasses()
            .that()
            .resideOutsideOfPackage(RAFT)
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.micrometer..")
            .because("rooms below the server report through small interfaces handed to them"));
  }

  @Test
  void openTelemetryIsSeenByTheClientAndOneRoomOfTheServer() {
    check(
        noClasses()
            .that()
            .resideOutsideOfPackages("io.vxmeta.client", "io.vxmeta.raft.trace..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.opentelemetry..")
            .because("the other rooms tell their steps to a WriteTrace or OperationTrace"));
  }

  @Test
  void theClientSeesNothingOfTheTracingSdk() {
    check(
        noClasses()
            .that()
            .resideInAPackage(CLIENT)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.opentelemetry.sdk..", "io.opentelemetry.exporter..")
            .because("which SDK, and where spans go, is the application's choice; use the API"));
  }

  @Test
  void jlineIsSeenByOneRoom() {
    check(
        noClasses()
            .that()
            .resideOutsideOfPackage("io.vxmeta.client.cli.prompt..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.jline..")
            .because("only who types at a terminal waits for it; go through Prompt"));
  }

  @Test
  void roomsFormNoCycle() {
    check(
        slices()
            .matching(ROOT + ".(**)")
            .should()
            .beFreeOfCycles()
            .because("a cycle is one room with two names; move the shared type to the lower room"));
  }

  @Test
  void namesAreDomainNouns() {
    check(
        classes()
            .that(are("ours", ArchitectureTest::isOurs))
            .should(
                satisfy(
                    "be named by what they are",
                    type -> !PATTERN_WORDS.matcher(type.getSimpleName()).matches()))
            .because("names say what a thing is; name a second implementation by what differs"));
  }

  @Test
  void accessorsCarryNoGet() {
    check(
        methods()
            .that(new OwnAccessors())
            .should()
            .haveNameNotMatching("get[A-Z].*")
            .because("an accessor is named by the thing alone: size(), not getSize()"));
  }

  private static void check(ArchRule rule) {
    rule.allowEmptyShould(true).check(CLASSES);
  }

  /// Classes of `from` may use, of all our modules, those in `to` alone.
  private static ArchRule onlyTo(String from, String... to) {
    DescribedPredicate<JavaClass> elsewhere =
        resideInAPackage(ROOT + "..").and(DescribedPredicate.not(resideInAnyPackage(to)));
    return noClasses()
        .that()
        .resideInAPackage(from)
        .should()
        .dependOnClassesThat(elsewhere.as("reside in other modules than %s", List.of(to)));
  }

  private static boolean isOurs(JavaClass type) {
    return !resideInAPackage(GENERATED).test(type) && !type.isAnonymousClass();
  }

  private static DescribedPredicate<JavaClass> are(
      String words, java.util.function.Predicate<JavaClass> claim) {
    return DescribedPredicate.describe(words, claim);
  }

  private static ArchCondition<JavaClass> satisfy(
      String words, java.util.function.Predicate<JavaClass> claim) {
    return new ArchCondition<>(words) {
      @Override
      public void check(JavaClass type, ConditionEvents events) {
        events.add(new SimpleConditionEvent(type, claim.test(type), type.getFullName()));
      }
    };
  }

  /// Methods without parameters that we declared ourselves, not those a framework's type asks for.
  private static final class OwnAccessors extends DescribedPredicate<JavaMethod> {
    OwnAccessors() {
      super("are accessors of our own");
    }

    @Override
    public boolean test(JavaMethod method) {
      return isOurs(method.getOwner())
          && method.getRawParameterTypes().isEmpty()
          && !FOREIGN_ACCESSORS.contains(method.getName())
          && inherited(method.getOwner()).noneMatch(type -> declares(type, method.getName()));
    }

    private static Stream<JavaClass> inherited(JavaClass type) {
      return Stream.concat(
          type.getAllRawInterfaces().stream(), type.getAllRawSuperclasses().stream());
    }

    private static boolean declares(JavaClass type, String method) {
      return type.getMethods().stream().anyMatch(other -> other.getName().equals(method));
    }
  }
}
