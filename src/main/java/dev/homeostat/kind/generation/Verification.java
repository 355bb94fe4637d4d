package dev.homeostat.kind.generation;

import dev.homeostat.host.nix.Nix;
import dev.homeostat.host.nix.RunningSystem;
import dev.homeostat.host.nix.StorePath;
import dev.homeostat.host.systemd.Systemd;
import dev.homeostat.host.systemd.UserMessages;
import dev.homeostat.kind.generation.settings.NixosSettings.Operation;
import dev.homeostat.resource.ResourceId;
import dev.homeostat.resource.Scope;
import dev.homeostat.resource.Standings;
import dev.homeostat.resource.Trouble;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeSet;

/** Whether a generation that was put in force is as it should be. Changes nothing. Thread-safe. */
final class Verification {
    /** Between two tries: a check may be of anything, and no event tells that it would pass. */
    private static final Duration TRY_EVERY = Duration.ofMillis(250);

    /** They say nothing of a generation. */
    private static final Set<String> OWN_ERRANDS = Set.of(GarbageCollection.UNIT.text(), UserMessages.UNIT);

    private final Nix nix;
    private final RunningSystem running;
    private final Systemd systemd;
    private final Checks checks;
    private final Standings standings;

    Verification(Nix nix, RunningSystem running, Systemd systemd, Checks checks, Standings standings) {
        this.nix = nix;
        this.running = running;
        this.systemd = systemd;
        this.checks = checks;
        this.standings = standings;
    }

    /**
     * Units that have failed, now. Not transient ones, which no generation has: jobs that somebody started, and Podman's health
     * checks, of which systemd refuses some when it was just reloaded.
     */
    SortedSet<String> failedUnits() throws Trouble {
        SortedSet<String> failed = new TreeSet<>(systemd.of(Scope.OWN).failedForGood());
        failed.removeAll(OWN_ERRANDS);
        return failed;
    }

    /** Other resources that are not as declared, now. */
    SortedSet<ResourceId> amiss() {
        return new TreeSet<>(standings.amiss(GenerationKind.SYSTEM).keySet());
    }

    /**
     * Looks until all is right, at most as long as it may take to settle.
     *
     * @param operation how it was put in force
     * @param steady for how long it has to be right without a break, beyond the time to settle if need be
     * @return what is not right, a sentence each; empty if all is
     */
    List<String> settle(
            GenerationSpec spec, Operation operation, StorePath target, RollbackPoint before, Duration steady)
            throws Trouble {
        long end = System.nanoTime() + spec.deployment().settle().toNanos();
        long wrongAt = System.nanoTime();
        while (true) {
            long now = System.nanoTime();
            List<String> wrong = look(spec, operation, target, before);
            if (wrong.isEmpty() && (operation == Operation.BOOT || now - wrongAt >= steady.toNanos())) {
                return wrong;
            }
            if (!wrong.isEmpty()) {
                wrongAt = System.nanoTime();
                if (wrongAt - end >= 0) {
                    return wrong;
                }
            }
            try {
                Thread.sleep(TRY_EVERY);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw Trouble.passing("interrupted while a new generation was verified");
            }
        }
    }

    private List<String> look(GenerationSpec spec, Operation operation, StorePath target, RollbackPoint before)
            throws Trouble {
        List<String> wrong = new ArrayList<>();
        if (operation != Operation.TEST && !nix.systemProfile().look().isAt(target)) {
            wrong.add("the profile does not point to it");
        }
        if (operation == Operation.BOOT) {
            return wrong; // the rest is true of it at the next boot, or not
        }
        if (running.activated().filter(target::equals).isEmpty()) {
            wrong.add("it is not in force");
        }
        SortedSet<String> failed = new TreeSet<>(failedUnits());
        failed.removeAll(before.failed());
        failed.forEach(unit -> wrong.add(unit + " failed"));
        if (wrong.isEmpty()) {
            wrong.addAll(checks.failing(spec.deployment()));
        }
        if (wrong.isEmpty()) {
            SortedMap<ResourceId, String> amiss = standings.amiss(GenerationKind.SYSTEM);
            amiss.keySet().removeAll(before.amiss());
            amiss.forEach((id, why) -> wrong.add(id + " is not as declared any more: " + why));
        }
        return wrong;
    }
}
