package io.vxmeta.chaos.verify;

import io.vxmeta.chaos.check.linear.CounterModel;
import io.vxmeta.chaos.check.linear.RegisterModel;
import io.vxmeta.chaos.check.linear.Registers;
import io.vxmeta.chaos.check.linear.SequentialModel;
import io.vxmeta.chaos.check.linear.SetModel;
import io.vxmeta.chaos.check.linear.Verdict;
import io.vxmeta.chaos.check.txn.Model;
import io.vxmeta.chaos.history.Operation;
import io.vxmeta.chaos.workload.Ruling;
import io.vxmeta.chaos.workload.Workload;
import io.vxmeta.chaos.workload.Workloads;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// Who may judge a history, under the name that `--model` takes.
sealed interface Judge {
  String title();

  /// The checker of transactions.
  record OfTransactions(Model model) implements Judge {
    @Override
    public String title() {
      return model.title();
    }
  }

  /// The checker of single registers.
  record OfKeys(Grounds grounds) implements Judge {
    @Override
    public String title() {
      return grounds.title;
    }
  }

  /// The search through every order, for objects of one model.
  record OfObjects(SequentialModel<?> model) implements Judge {
    /// The models that are asked by name.
    private static final List<SequentialModel<?>> MODELS =
        List.of(new RegisterModel(), new SetModel(), new CounterModel());

    @Override
    public String title() {
      return "linearizable-" + model.title();
    }
  }

  /// The judge that a run asks in the end about its workload.
  record OfWorkload(Workload workload) implements Judge {
    @Override
    public String title() {
      return workload.name();
    }
  }

  /// A checker of what clients do not ask for but are told.
  record OfReports(Reports reports) implements Judge {
    @Override
    public String title() {
      return reports.title;
    }
  }

  /// Who tells what.
  enum Reports {
    WATCH("watch", "broken-stream"),
    DIGESTS("digests", "digest-mismatch");

    private final String title;
    private final String anomaly;

    Reports(String title, String anomaly) {
      this.title = title;
      this.anomaly = anomaly;
    }

    Ruling of(List<Operation> operations) {
      Verdict verdict =
          switch (this) {
            case WATCH -> Subscriptions.judge(operations);
            case DIGESTS -> Digests.judge(operations);
          };
      return Ruling.of(title, anomaly, verdict);
    }
  }

  /// What a verdict on registers rests on.
  enum Grounds {
    ALL("linearizable"),
    VALUES("linearizable-by-values"),
    REVISIONS("linearizable-by-revisions");

    private final String title;

    Grounds(String title) {
      this.title = title;
    }

    Verdict of(Registers.Finding finding) {
      return switch (this) {
        case ALL -> finding.both();
        case VALUES -> finding.values();
        case REVISIONS -> finding.order();
      };
    }
  }

  static List<Judge> all() {
    return Stream.<Stream<? extends Judge>>of(
            Workloads.all().stream().map(OfWorkload::new),
            Arrays.stream(Model.values()).map(OfTransactions::new),
            Arrays.stream(Grounds.values()).map(OfKeys::new),
            OfObjects.MODELS.stream().map(OfObjects::new),
            Arrays.stream(Reports.values()).map(OfReports::new))
        .<Judge>flatMap(judges -> judges)
        .toList();
  }

  static Optional<Judge> titled(String title) {
    return all().stream().filter(judge -> judge.title().equals(title)).findFirst();
  }

  /// All names, for the help of the command.
  final class Titles implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return all().stream().map(Judge::title).iterator();
    }
  }
}
