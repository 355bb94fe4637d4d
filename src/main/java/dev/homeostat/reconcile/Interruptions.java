package dev.homeostat.reconcile;

import dev.homeostat.declaration.Maintenance;
import dev.homeostat.declaration.Policy;
import dev.homeostat.host.systemd.Inhibitor;
import dev.homeostat.host.systemd.Inhibitors;
import dev.homeostat.resource.Trouble;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Whether an action may interrupt something now: inside a maintenance window, and nobody holds an inhibitor lock. If that
 * cannot be found out it may not. Thread-safe.
 *
 * <p>Nobody waits for logind for long: its answer is fetched aside, once for all who ask, and whoever asks while it is late
 * is told that it is not known yet.
 */
final class Interruptions {
    /** Between two looks at inhibitor locks while one is in the way. */
    private static final Duration INHIBITED_LOOK = Duration.ofSeconds(5);
    /** Clocks are set, and time zones change their rules: never wait for longer without a look. */
    private static final Duration WINDOW_LOOK_LIMIT = Duration.ofHours(1);

    /** That nobody holds a lock is good for so long: many actions that are due at once ask one question. */
    private static final Duration YES_KEPT = Duration.ofMillis(100);
    /** That somebody does, or that it is not known; also between two looks at an answer that is late. */
    private static final Duration NO_KEPT = Duration.ofSeconds(1);

    private static final DateTimeFormatter WHEN = DateTimeFormatter.ofPattern("EEE yyyy-MM-dd HH:mm z", Locale.ROOT);

    private final Inhibitors inhibitors;
    private final InstantSource clock;
    private final Aside<Optional<Unwelcome>> locks;

    Interruptions(Inhibitors inhibitors, InstantSource clock) {
        this.inhibitors = inhibitors;
        this.clock = clock;
        this.locks = new Aside<>("inhibitors", this::ask, found -> found.isEmpty() ? YES_KEPT : NO_KEPT);
    }

    /**
     * @param reason for people
     * @param again when to ask again at the latest
     */
    record Unwelcome(String reason, Duration again) {}

    /** Empty if an interruption is welcome. */
    Optional<Unwelcome> unwelcome(Policy policy) {
        Optional<Unwelcome> closed = closed(policy.maintenance());
        return closed.isPresent() ? closed : inhibited(policy);
    }

    private Optional<Unwelcome> closed(Maintenance maintenance) {
        Instant now = clock.instant();
        Optional<ZonedDateTime> opens = maintenance.opensNext(now);
        return opens.map(at -> {
            Duration left = Duration.between(now, at.toInstant());
            return new Unwelcome(
                    "it interrupts something and the next maintenance window opens " + WHEN.format(at),
                    left.compareTo(WINDOW_LOOK_LIMIT) < 0 ? left : WINDOW_LOOK_LIMIT);
        });
    }

    private Optional<Unwelcome> inhibited(Policy policy) {
        if (policy.inhibitors() == Policy.Inhibited.IGNORE) {
            return Optional.empty();
        }
        return locks.answer(
                () -> Optional.of(new Unwelcome(UNKNOWN + " (it was asked for and is not answered yet)", NO_KEPT)));
    }

    private static final String UNKNOWN =
            "it interrupts something and whether an inhibitor lock is held cannot be found out";

    private Optional<Unwelcome> ask() {
        try {
            List<Inhibitor> held = inhibitors.againstShutdown();
            return held.isEmpty()
                    ? Optional.empty()
                    : Optional.of(new Unwelcome(
                            "it interrupts something and an inhibitor lock is held by "
                                    + held.getFirst().describe(),
                            INHIBITED_LOOK));
        } catch (Trouble t) {
            return Optional.of(new Unwelcome(UNKNOWN + " (" + t.getMessage() + ")", INHIBITED_LOOK));
        }
    }
}
