package dev.homeostat.reconcile;

import dev.homeostat.resource.Desired;
import dev.homeostat.resource.Difference;
import dev.homeostat.resource.Examination;
import dev.homeostat.resource.Finding;
import io.quarkus.arc.All;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** {@link Examiner} over the declaration in force. What is stopped, paused while it differs, or unseen has not passed. */
@Singleton
class MachineExaminer implements Examiner {
    private static final String RESOURCE = "resource";
    private static final String DECLARATION = "declaration";

    private final Keeper keeper;
    private final Kinds kinds;
    private final List<Examination> examinations;
    private final InstantSource clock;

    MachineExaminer(Keeper keeper, Kinds kinds, @All List<Examination> examinations, InstantSource clock) {
        this.keeper = keeper;
        this.kinds = kinds;
        this.examinations = List.copyOf(examinations);
        this.clock = clock;
    }

    @Override
    public Examined examine() {
        return examine(false);
    }

    @Override
    public Examined test() {
        return examine(true);
    }

    private Examined examine(boolean tests) {
        long start = System.nanoTime();
        var at = clock.instant();
        List<Desired<?>> declared =
                keeper.world.desired().stream().filter(d -> !d.retired()).toList();
        List<Finding> findings = new ArrayList<>();
        findings.add(declaration());
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<List<Finding>>> futures = new ArrayList<>();
            futures.add(threads.submit(() -> resources(declared)));
            examinations.stream()
                    .filter(examination -> tests || !examination.isATest())
                    .forEach(examination -> futures.add(threads.submit(() -> examination.look(declared))));
            for (Future<List<Finding>> future : futures) {
                findings.addAll(future.get());
            }
        } catch (ExecutionException e) {
            throw new IllegalStateException("bug in an examination", e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while looking", e);
        }
        findings.sort(Comparator.comparing(Finding::group)); // stable: those who look know the order within
        return Examined.of(at, Duration.ofNanos(System.nanoTime() - start), findings);
    }

    private Finding declaration() {
        MachineStatus.DeclarationState state = keeper.source.state();
        String revision = keeper.world.revision();
        return state.state().equals("in-force")
                ? Finding.passed(
                        DECLARATION, "machine.yaml", "revision " + DeclarationSource.shortId(revision) + " is in force")
                : Finding.failed(
                        DECLARATION,
                        "machine.yaml",
                        state.state() + (state.message().isEmpty() ? "" : ": " + state.message()),
                        "see homeostat status");
    }

    private List<Finding> resources(Collection<Desired<?>> declared) {
        Map<Object, Kinds.Look> looks = new HashMap<>(kinds.look(declared));
        List<Finding> findings = new ArrayList<>();
        declared.stream()
                .sorted(Comparator.comparing(Desired::id))
                .forEach(d -> findings.add(resource(d, looks.get(d.id()))));
        return findings;
    }

    private Finding resource(Desired<?> desired, Kinds.Look look) {
        String name = desired.id().toString();
        if (look.trouble() != null) {
            return Finding.failed(RESOURCE, name, look.trouble());
        }
        if (look.unsupported() != null) {
            return Finding.failed(RESOURCE, name, look.unsupported(), "take it out of the declaration of this machine");
        }
        String evidence = look.observation().evidence();
        if (look.inSync()) {
            return Finding.passed(RESOURCE, name, evidence.isEmpty() ? "as declared" : evidence);
        }
        List<Difference> differences = look.assessment().differences();
        Optional<Pause> pause = keeper.pauses.of(desired.id(), keeper.world.policy());
        return Finding.failed(
                RESOURCE,
                name,
                (evidence.isEmpty() ? "" : evidence + "; ")
                        + Words.summary(differences)
                        + pause.map(p -> "; paused: " + p.reason()).orElse(""),
                pause.isPresent() ? "homeostat resume " + name : "homeostat explain " + name);
    }
}
