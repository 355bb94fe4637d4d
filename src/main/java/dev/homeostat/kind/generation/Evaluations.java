package dev.homeostat.kind.generation;

import dev.homeostat.host.nix.Installable;
import dev.homeostat.host.nix.Nix;
import dev.homeostat.host.nix.NixFailure;
import dev.homeostat.host.nix.StorePath;
import dev.homeostat.host.nix.Work;
import dev.homeostat.resource.ResourceId;
import dev.homeostat.resource.Trouble;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jboss.logging.Logger;

/**
 * What was evaluated last, so that it is not evaluated once more to be built: a NixOS configuration takes many seconds each
 * time. Nothing depends on it, and it does not outlive the daemon. Thread-safe for different resources.
 */
final class Evaluations {
    private static final Logger LOG = Logger.getLogger(Evaluations.class);

    private record Evaluated(String key, StorePath derivation) {}

    private final Nix nix;
    private final Map<ResourceId, Evaluated> last = new ConcurrentHashMap<>();

    Evaluations(Nix nix) {
        this.nix = nix;
    }

    /** @param key of what it is made from */
    void evaluate(ResourceId id, String key, Installable what, Work work) throws Trouble {
        last.remove(id);
        last.put(id, new Evaluated(key, nix.derivation(what, work)));
    }

    /**
     * Builds it.
     *
     * @param key of what it is made from now
     * @param root that keeps it
     */
    StorePath build(ResourceId id, String key, Installable what, String root, Work work) throws Trouble {
        Evaluated evaluated = last.remove(id);
        if (evaluated != null && evaluated.key().equals(key)) {
            try {
                return nix.build(Installable.madeBy(evaluated.derivation()), Optional.of(root), work);
            } catch (Trouble t) {
                if (!isAboutTheDerivation(t)) {
                    throw t;
                }
                LOG.debugf("%s is evaluated once more: %s", id, t.sentence());
            }
        }
        return nix.build(what, Optional.of(root), work);
    }

    /** It was collected as garbage meanwhile, or this Nix is too old to be given one. */
    private static boolean isAboutTheDerivation(Trouble trouble) {
        return NixFailure.of(trouble)
                .filter(f -> switch (f.reason()) {
                    case MISSING, OTHER, EVALUATION -> true;
                    case BUILD, HASH, DISK, DAEMON, NETWORK, IN_USE -> false;
                })
                .isPresent();
    }
}
