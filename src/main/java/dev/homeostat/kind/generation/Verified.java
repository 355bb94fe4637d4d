package dev.homeostat.kind.generation;

import static java.util.Objects.requireNonNull;

import dev.homeostat.host.nix.StorePath;
import java.time.Instant;

/** What passed its verification last. */
record Verified(String key, StorePath target, Instant at) {
    Verified {
        requireNonNull(target, "target is null");
        requireNonNull(at, "at is null");
        if (!key.matches(DeploymentState.KEY)) {
            throw new IllegalArgumentException("not a key: " + key);
        }
    }
}
