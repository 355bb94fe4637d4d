package dev.homeostat.kind.generation;

import dev.homeostat.host.nix.GcRoots;
import dev.homeostat.host.nix.Nix;
import dev.homeostat.host.nix.RunningSystem;
import dev.homeostat.host.nix.StorePath;
import dev.homeostat.host.systemd.ServiceManager;
import dev.homeostat.host.systemd.ServiceRun;
import dev.homeostat.host.systemd.Systemd;
import dev.homeostat.host.systemd.TransientService;
import dev.homeostat.host.systemd.UnitName;
import dev.homeostat.kind.generation.settings.GcSettings;
import dev.homeostat.resource.Scope;
import dev.homeostat.resource.Trouble;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.jboss.logging.Logger;

/**
 * Nix's own garbage collector, begun after a deployment if space is short. It runs in a service of its own with the least of
 * the processor and the disk; nobody waits for it, and a build of ours ends it. Thread-safe.
 */
final class GarbageCollection {
    private static final Logger LOG = Logger.getLogger(GarbageCollection.class);

    static final UnitName UNIT = new UnitName("homeostat-gc.service");
    static final String BOOTED_ROOT = "booted";
    static final String ACTIVATED_ROOT = "activated";

    /** A large store takes an hour on a slow disk; what is left is done the next time. */
    private static final Duration LIMIT = Duration.ofHours(3);
    /** It ends between two paths. */
    private static final Duration GRACE = Duration.ofSeconds(20);

    private static final Duration CALL_LIMIT = Duration.ofSeconds(30);

    private final Nix nix;
    private final RunningSystem running;
    private final Systemd systemd;

    GarbageCollection(Nix nix, RunningSystem running, Systemd systemd) {
        this.nix = nix;
        this.running = running;
        this.systemd = systemd;
    }

    /** Begins one if that is declared and space is short. What goes wrong with it is no fault of the deployment. */
    void begin(GenerationSpec spec) {
        begin(spec, 0);
    }

    /**
     * The same.
     *
     * @param bytes that are to be free in any case
     * @return whether one runs now
     */
    boolean begin(GenerationSpec spec, long bytes) {
        GcSettings settings = spec.deployment().gc();
        if (settings == null) {
            return false;
        }
        try {
            long free = Files.getFileStore(nix.settings().store()).getUsableSpace();
            long missing = Math.max(settings.below().bytes(), bytes) - free;
            if (missing > 0) {
                begin(missing);
                return true;
            }
        } catch (Trouble t) {
            LOG.warnf("garbage is not collected: %s", t.sentence());
        } catch (IOException e) {
            LOG.warnf("garbage is not collected: how much space is free cannot be told: %s", e.getMessage());
        }
        return false;
    }

    private void begin(long bytes) throws Trouble {
        Optional<Path> program = nix.program();
        if (program.isEmpty()) {
            throw Trouble.passing("there is no program nix where systems have it");
        }
        // the profile's generations are roots of their own, and so is the point to roll back to
        GcRoots roots = nix.roots();
        keep(roots, BOOTED_ROOT, running.booted());
        keep(roots, ACTIVATED_ROOT, running.activated());
        ServiceManager manager = systemd.of(Scope.OWN);
        if (manager.lastRun(UNIT)
                .filter(r -> r.state() == ServiceRun.State.RUNNING)
                .isPresent()) {
            return;
        }
        manager.forget(UNIT, CALL_LIMIT);
        manager.startTransient(
                new TransientService(
                                UNIT,
                                "Homeostat: garbage of the Nix store",
                                nix.collectionArguments(program.get(), bytes),
                                Map.of(),
                                Optional.empty(),
                                "/",
                                LIMIT,
                                GRACE)
                        .inTheBackground(),
                CALL_LIMIT);
        LOG.infof("garbage is collected until %d MiB more are free: %s", bytes >> 20, UNIT);
    }

    private static void keep(GcRoots roots, String name, Optional<StorePath> path) throws Trouble {
        if (path.isPresent()) {
            roots.keep(name, path.get());
        } else {
            roots.release(name);
        }
    }

    /** Ends one that runs: something better is to be done. */
    void end() throws Trouble {
        ServiceManager manager = systemd.of(Scope.OWN);
        if (manager.lastRun(UNIT)
                .filter(r -> r.state() == ServiceRun.State.RUNNING)
                .isPresent()) {
            manager.forget(UNIT, GRACE.plus(CALL_LIMIT));
        }
    }
}
