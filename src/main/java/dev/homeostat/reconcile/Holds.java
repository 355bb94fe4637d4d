package dev.homeostat.reconcile;

import dev.homeostat.declaration.Policy;
import dev.homeostat.host.Hindrance;
import dev.homeostat.resource.Durations;
import dev.homeostat.resource.ResourceId;
import dev.homeostat.resource.Trouble;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What about the machine holds back an interruption, as {@code policy.holds} says, since when and until when. What cannot be
 * told holds too. Thread-safe.
 */
final class Holds {
    /** Between two looks at what is in the way: batteries are plugged in, and people log out, without an event for us. */
    private static final Duration LOOK = Duration.ofSeconds(10);
    /** That nothing is in the way is good for so long: many actions that are due at once ask one question. */
    private static final Duration YES_KEPT = Duration.ofMillis(100);

    private static final Duration NO_KEPT = Duration.ofSeconds(1);

    private final Map<String, Aside<Optional<String>>> hindrances = new LinkedHashMap<>();
    /** By resource and hold: when it was first in the way. */
    private final Map<ResourceId, Map<String, Instant>> since = new HashMap<>();

    Holds(Collection<Hindrance> hindrances) {
        hindrances.forEach(h -> this.hindrances.put(
                h.name(), new Aside<>(h.name(), () -> look(h), found -> found.isEmpty() ? YES_KEPT : NO_KEPT)));
    }

    private static Optional<String> look(Hindrance hindrance) {
        try {
            return hindrance.now();
        } catch (Trouble t) {
            return Optional.of(unknown(hindrance.name(), t.getMessage()));
        }
    }

    private static String unknown(String name, String why) {
        return "what policy.holds." + name + " waits for cannot be told (" + why + ")";
    }

    /**
     * One that is in the way.
     *
     * @param reason for people
     * @param again when to ask again at the latest
     * @param inTime whether its own time is not over yet
     */
    record Held(String reason, Duration again, boolean inTime) {}

    /**
     * The first that is in the way of interrupting that resource; empty if none is, or if all have been for so long that it
     * goes on all the same.
     *
     * @param counts whether the time begins to count, if it has not yet: not if somebody only wants to know
     */
    Optional<Held> of(ResourceId id, Policy policy, Instant now, boolean counts) {
        Map<String, Policy.Hold> declared = policy.holds().all();
        Map<String, String> inTheWay = new LinkedHashMap<>();
        declared.keySet().forEach(name -> {
            Aside<Optional<String>> hindrance = hindrances.get(name);
            Optional<String> found = hindrance == null
                    ? Optional.of(unknown(name, "nobody here looks at it"))
                    : hindrance.answer(() -> Optional.of(unknown(name, "it was asked for and is not answered yet")));
            found.ifPresent(reason -> inTheWay.put(name, reason));
        });
        Map<String, Instant> begun = begun(id, inTheWay.keySet(), now, counts);
        for (Map.Entry<String, String> entry : inTheWay.entrySet()) {
            String name = entry.getKey();
            Policy.Hold hold = declared.get(name);
            Instant from = begun.getOrDefault(name, now);
            Duration left = Duration.between(now, from.plus(hold.atMost()));
            if (left.isPositive()) {
                return Optional.of(new Held(
                        "it interrupts something and " + entry.getValue() + ": held since " + text(from) + ", until "
                                + text(from.plus(hold.atMost())) + " at the latest, then "
                                + (hold.afterwards() == Policy.After.ASK ? "you are asked" : "it goes on"),
                        left.compareTo(LOOK) < 0 ? left : LOOK,
                        true));
            }
            if (hold.afterwards() == Policy.After.ASK) {
                return Optional.of(new Held(
                        "it interrupts something and " + entry.getValue() + ": for longer than policy.holds." + name
                                + ".atMost (" + Durations.format(hold.atMost()) + "), since " + text(from),
                        LOOK,
                        false));
            }
        }
        return Optional.empty();
    }

    private static String text(Instant at) {
        return at.truncatedTo(ChronoUnit.SECONDS).toString();
    }

    private synchronized Map<String, Instant> begun(
            ResourceId id, Collection<String> names, Instant now, boolean counts) {
        Map<String, Instant> begun = since.getOrDefault(id, Map.of());
        if (!counts) {
            return Map.copyOf(begun);
        }
        Map<String, Instant> next = new HashMap<>();
        names.forEach(name -> next.put(name, begun.getOrDefault(name, now)));
        if (next.isEmpty()) {
            since.remove(id);
        } else {
            since.put(id, next);
        }
        return next;
    }

    /** It has nothing to wait for any more. */
    synchronized void forget(ResourceId id) {
        since.remove(id);
    }
}
