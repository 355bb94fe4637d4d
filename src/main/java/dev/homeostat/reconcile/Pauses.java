package dev.homeostat.reconcile;

import dev.homeostat.declaration.Policy;
import dev.homeostat.resource.ResourceId;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Which resources are left alone: by the declaration's policy, or because somebody asked. Thread-safe. */
final class Pauses {
    private final Journal journal;
    private final InstantSource clock;
    private final Map<ResourceId, Pause> asked = new HashMap<>();

    Pauses(Journal journal, InstantSource clock) {
        this.journal = journal;
        this.clock = clock;
    }

    synchronized void load() {
        journal.pauses().forEach(p -> asked.put(p.id(), p));
    }

    synchronized Optional<Pause> of(ResourceId id, Policy policy) {
        Instant now = clock.instant();
        Pause pause = asked.get(id);
        if (pause != null && over(pause, now)) {
            asked.remove(id);
            journal.resume(id);
            pause = null;
        }
        if (pause != null) {
            return Optional.of(pause);
        }
        return declared(id, policy);
    }

    /** What the declaration says of it now, whatever was asked for. */
    Optional<Pause> declared(ResourceId id, Policy policy) {
        return Optional.ofNullable(policy.paused().get(id))
                .map(p -> declared(id, p))
                .filter(p -> !over(p, clock.instant()));
    }

    synchronized List<Pause> all(Policy policy) {
        Instant now = clock.instant();
        List<Pause> all = new ArrayList<>(asked.values());
        all.removeIf(p -> over(p, now)); // what the declaration says then counts again
        Set<ResourceId> paused = all.stream().map(Pause::id).collect(Collectors.toSet());
        policy.paused().forEach((id, p) -> {
            if (!paused.contains(id)) {
                all.add(declared(id, p));
            }
        });
        all.removeIf(p -> over(p, now));
        all.sort(Comparator.comparing(Pause::id));
        return all;
    }

    /** @return whether it will be known after a restart; if not, it is not paused at all */
    synchronized boolean pause(Pause pause) {
        if (!journal.pause(pause)) {
            return false;
        }
        asked.put(pause.id(), pause);
        return true;
    }

    synchronized boolean isAsked(ResourceId id) {
        return asked.containsKey(id);
    }

    /** @return whether it will not be paused again after a restart; if not, it stays paused */
    synchronized boolean resume(ResourceId id) {
        if (!journal.resume(id)) {
            return false;
        }
        asked.remove(id);
        return true;
    }

    private static Pause declared(ResourceId id, Policy.Paused p) {
        return new Pause(id, p.reason(), Optional.ofNullable(p.until()), "machine.yaml", true);
    }

    private static boolean over(Pause pause, Instant now) {
        return pause.until().filter(until -> !until.isAfter(now)).isPresent();
    }
}
