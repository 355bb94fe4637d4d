package dev.homeostat.kind.generation;

import static java.util.Objects.requireNonNull;

import dev.homeostat.host.nix.ClosureDifference;
import dev.homeostat.host.nix.StorePath;
import dev.homeostat.resource.Phase;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What one deployment came to.
 *
 * @param key of what was deployed
 * @param before what was in force; empty if nothing was
 * @param number of the profile's generation; empty if the profile was not moved
 * @param operation {@code switch}, {@code boot}, {@code test}
 * @param took time of each phase, as far as this process carried it out
 * @param changes what differs from before; empty if nothing was before
 * @param reboot why the machine needs a reboot, a sentence for each reason; empty if it needs none
 * @param deleted numbers of old generations that were deleted
 */
record Report(
        String key,
        Instant at,
        Optional<StorePath> before,
        StorePath target,
        Optional<Integer> number,
        String operation,
        Map<Phase, Duration> took,
        Optional<ClosureDifference> changes,
        List<String> reboot,
        List<Integer> deleted) {
    Report {
        requireNonNull(at, "at is null");
        requireNonNull(before, "before is null");
        requireNonNull(target, "target is null");
        requireNonNull(number, "number is null");
        requireNonNull(operation, "operation is null");
        requireNonNull(changes, "changes is null");
        took = new TreeMap<>(took);
        reboot = List.copyOf(reboot);
        deleted = List.copyOf(deleted);
        if (!key.matches(DeploymentState.KEY)) {
            throw new IllegalArgumentException("not a key: " + key);
        }
    }
}
