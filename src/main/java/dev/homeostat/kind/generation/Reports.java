package dev.homeostat.kind.generation;

import dev.homeostat.host.nix.ClosureDifference;
import dev.homeostat.host.nix.GcRoots;
import dev.homeostat.host.nix.Generation;
import dev.homeostat.host.nix.Nix;
import dev.homeostat.host.nix.Profile;
import dev.homeostat.host.nix.ProfileState;
import dev.homeostat.host.nix.RunningSystem;
import dev.homeostat.host.nix.RunningSystem.BootFiles;
import dev.homeostat.host.nix.StorePath;
import dev.homeostat.kind.generation.settings.NixosSettings.Operation;
import dev.homeostat.resource.Phase;
import dev.homeostat.resource.Trouble;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jboss.logging.Logger;

/** Says what a deployment came to, and deletes what is too old. Thread-safe. */
final class Reports {
    private static final Logger LOG = Logger.getLogger(Reports.class);

    private final Nix nix;
    private final RunningSystem running;
    private final DeploymentState state;
    private final Chronicle chronicle;
    private final GarbageCollection collection;

    Reports(Nix nix, RunningSystem running, DeploymentState state, Chronicle chronicle, GarbageCollection collection) {
        this.nix = nix;
        this.running = running;
        this.state = state;
        this.chronicle = chronicle;
        this.collection = collection;
    }

    void write(GenerationSpec spec, String key, StorePath target, Map<Phase, Duration> took, Instant now)
            throws Trouble {
        Optional<RollbackPoint> point = state.point();
        Optional<StorePath> before = point.flatMap(p -> p.activated().or(p::profile));
        Optional<Preview> preview = state.preview()
                .filter(p -> p.target().equals(target)
                        && before.filter(p.before()::equals).isPresent());
        Optional<ClosureDifference> changes =
                preview.isPresent() ? preview.map(Preview::changes) : changes(nix, before, target);
        ProfileState profile = nix.systemProfile().look();
        Report report = new Report(
                key,
                now,
                before,
                target,
                profile.currentGeneration()
                        .filter(g -> g.target().equals(target))
                        .map(Generation::number),
                GenerationComparison.word(spec.operation()),
                took,
                changes,
                spec.operation() == Operation.TEST ? List.of() : rebootReasons(running, target),
                prune(spec.deployment().keep(), point));
        GcRoots roots = nix.roots();
        for (String name : roots.list().keySet()) { // what was built and is not in force is not needed any more
            if (name.startsWith(Deployment.TARGET_ROOT) && !name.equals(Deployment.TARGET_ROOT + key)) {
                roots.release(name);
            }
        }
        chronicle.passed(spec, report);
        state.report(report);
        collection.begin(spec);
        LOG.infof(
                "%s is in force%s%s",
                target,
                report.number().map(n -> " as generation " + n).orElse(""),
                report.reboot().isEmpty() ? "" : "; a reboot is needed: " + String.join(", ", report.reboot()));
    }

    /**
     * Lets garbage be collected if that is declared.
     *
     * @param bytes that are to be free at least
     * @return whether it is being collected
     */
    boolean makeRoom(GenerationSpec spec, long bytes) {
        return collection.begin(spec, bytes);
    }

    /** Empty if nothing was before, or it is gone. */
    static Optional<ClosureDifference> changes(Nix nix, Optional<StorePath> before, StorePath target) throws Trouble {
        return before.isPresent() && nix.has(before.get())
                ? Optional.of(nix.difference(before.get(), target))
                : Optional.empty();
    }

    /** What of a generation only a boot brings into force, and differs. */
    static List<String> rebootReasons(RunningSystem running, StorePath target) throws Trouble {
        Optional<StorePath> booted = running.booted();
        if (booted.isEmpty()) {
            return List.of();
        }
        BootFiles before = running.bootFiles(booted.get());
        BootFiles after = running.bootFiles(target);
        List<String> reasons = new ArrayList<>();
        differs("kernel", before.kernel(), after.kernel(), reasons);
        differs("initrd", before.initrd(), after.initrd(), reasons);
        differs("kernel modules", before.modules(), after.modules(), reasons);
        return reasons;
    }

    private static void differs(String what, String before, String after, List<String> reasons) {
        if (!before.equals(after)) {
            reasons.add("the " + what + " will be " + (after.isEmpty() ? "none" : after) + " instead of "
                    + (before.isEmpty() ? "none" : before));
        }
    }

    /** @return numbers of the generations that were deleted */
    private List<Integer> prune(int keep, Optional<RollbackPoint> point) throws Trouble {
        Profile profile = nix.systemProfile();
        ProfileState there = profile.look();
        Set<StorePath> needed = new HashSet<>();
        running.booted().ifPresent(needed::add);
        running.activated().ifPresent(needed::add);
        point.flatMap(RollbackPoint::profile).ifPresent(needed::add);
        point.flatMap(RollbackPoint::activated).ifPresent(needed::add);
        there.currentGeneration().map(Generation::target).ifPresent(needed::add);
        return delete(profile, there, needed, keep);
    }

    /** Deletes the oldest ones of those that are not needed; so many of them are kept. */
    static List<Integer> delete(Profile profile, ProfileState there, Set<StorePath> needed, int keep) throws Trouble {
        List<Integer> old = there.generations().stream()
                .filter(g -> !needed.contains(g.target()))
                .map(Generation::number)
                .sorted(Comparator.reverseOrder())
                .skip(keep)
                .toList();
        return List.copyOf(profile.delete(old));
    }
}
