package dev.homeostat.kind.generation;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.homeostat.host.nix.FlakeMetadata;
import dev.homeostat.host.nix.Nix;
import dev.homeostat.host.nix.NixProgress;
import dev.homeostat.host.nix.Work;
import dev.homeostat.host.process.Cancellation;
import dev.homeostat.resource.Json;
import dev.homeostat.resource.SystemOrders.Input;
import dev.homeostat.resource.SystemOrders.Inputs;
import dev.homeostat.resource.SystemOrders.InputsChange;
import dev.homeostat.resource.Trouble;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/** The lock file of a generated system: looked at, updated, and gone back with. Thread-safe; one change at a time. */
final class LockedInputs {
    /** Between two sentences about how far it is. */
    private static final Duration PROGRESS_EVERY = Duration.ofSeconds(2);

    private final Nix nix;
    private final GeneratedTree tree;
    private final DeploymentState state;
    private final InstantSource clock;
    private final ReentrantLock changing = new ReentrantLock();

    LockedInputs(Nix nix, GeneratedTree tree, DeploymentState state, InstantSource clock) {
        this.nix = nix;
        this.tree = tree;
        this.state = state;
        this.clock = clock;
    }

    /** Something that may fail. */
    interface Change<T> {
        T make() throws Trouble;
    }

    /** Whatever changes the lock file. */
    <T> T exclusively(Change<T> change) throws Trouble {
        changing.lock();
        try {
            return change.make();
        } finally {
            changing.unlock();
        }
    }

    /** The locked ones; says why there are none. */
    Inputs list() throws Trouble {
        Optional<byte[]> lock = tree.lock();
        Optional<DeploymentState.FormerLock> former = state.formerLock();
        return new Inputs(
                lock.isPresent() ? all(inputs(lock.get())) : List.of(),
                lock.isPresent() ? Optional.empty() : Optional.of("the system was not generated yet"),
                former.map(DeploymentState.FormerLock::at));
    }

    InputsChange update(SystemSource.Generated source, String flake, List<String> names, Consumer<String> progress)
            throws Trouble {
        return exclusively(() -> {
            long start = System.nanoTime();
            byte[] before = tree.lock()
                    .orElseThrow(() -> Trouble.conflict(
                            "nothing is locked: the system was not generated yet", "homeostat status says why"));
            Work work = new Work(Deployment.LOCK_LIMIT, told(progress), new Cancellation());
            try {
                nix.updateInputs(flake, names, source.settings().nixos().flakeInputs(), work);
            } catch (Trouble t) {
                tree.lock(before); // with names, it looks at what there is first, and may have locked what is new
                throw t;
            }
            byte[] after = tree.lock().orElseThrow(() -> Trouble.passing("the lock file was taken away meanwhile"));
            return changed(before, after, start);
        });
    }

    InputsChange restore() throws Trouble {
        return exclusively(() -> {
            long start = System.nanoTime();
            DeploymentState.FormerLock former = state.formerLock()
                    .orElseThrow(() -> Trouble.conflict(
                            "no former inputs are kept: none were updated by homeostat inputs update", ""));
            byte[] before = tree.lock()
                    .orElseThrow(() -> Trouble.conflict(
                            "nothing is locked: the system was not generated yet", "homeostat status says why"));
            byte[] after = former.content().getBytes(StandardCharsets.UTF_8);
            tree.lock(after);
            return changed(before, after, start);
        });
    }

    private InputsChange changed(byte[] before, byte[] after, long start) throws Trouble {
        if (!Arrays.equals(before, after)) {
            state.formerLock(new DeploymentState.FormerLock(
                    new String(before, StandardCharsets.UTF_8), Folder.entry(after), clock.instant(), false));
        }
        Map<String, FlakeMetadata.LockedInput> was = inputs(before);
        Map<String, FlakeMetadata.LockedInput> is = inputs(after);
        Map<String, FlakeMetadata.LockedInput> moved = new TreeMap<>(is);
        moved.entrySet().removeIf(e -> e.getValue().equals(was.get(e.getKey())));
        Map<String, FlakeMetadata.LockedInput> former = new TreeMap<>(was);
        former.keySet().retainAll(moved.keySet());
        return new InputsChange(all(former), all(moved), Duration.ofNanos(System.nanoTime() - start));
    }

    /** What was updated is in force: going back is not what helps against a later failure. */
    void passed() throws Trouble {
        Optional<DeploymentState.FormerLock> former = state.formerLock();
        if (former.isPresent() && !former.get().passed() && former.get().now().equals(tree.lockDigest())) {
            state.formerLock(former.get().withPassed());
        }
    }

    /** What helps if the update is what does not pass; empty if nothing was updated since the last that passed. */
    String remedy(GenerationSpec spec) throws Trouble {
        Optional<DeploymentState.FormerLock> former = state.formerLock();
        return spec.source() instanceof SystemSource.Generated
                        && former.isPresent()
                        && !former.get().passed()
                        && former.get().now().equals(tree.lockDigest())
                ? "; its inputs were updated at " + former.get().at()
                        + ": homeostat inputs restore goes back to those before"
                : "";
    }

    private static Consumer<NixProgress> told(Consumer<String> progress) {
        long[] last = {System.nanoTime()};
        return p -> {
            if (System.nanoTime() - last[0] >= PROGRESS_EVERY.toNanos()
                    && !p.doing().isEmpty()) {
                last[0] = System.nanoTime();
                progress.accept(p.doing());
            }
        };
    }

    private static Map<String, FlakeMetadata.LockedInput> inputs(byte[] lock) throws Trouble {
        try {
            return FlakeMetadata.inputs(Json.MAPPER.readTree(new String(lock, StandardCharsets.UTF_8)));
        } catch (JsonProcessingException e) {
            throw new Trouble(
                    Trouble.Sort.INVALID,
                    "flake.lock is not a lock file: " + e.getOriginalMessage(),
                    "remove flake.lock from the generated tree: what is newest is locked then",
                    e);
        }
    }

    private static List<Input> all(Map<String, FlakeMetadata.LockedInput> inputs) {
        List<Input> all = new ArrayList<>();
        inputs.forEach((name, input) -> all.add(new Input(name, input.type(), input.revision(), input.modified())));
        return all;
    }
}
