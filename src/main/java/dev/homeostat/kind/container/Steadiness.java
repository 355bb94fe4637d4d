package dev.homeostat.kind.container;

import dev.homeostat.host.systemd.ServiceManager;
import dev.homeostat.host.systemd.UnitName;
import dev.homeostat.host.systemd.UnitState;
import dev.homeostat.resource.Trouble;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Whether a container that systemd had given up stays up this time. For systemd a container is started when its first process
 * runs; one that cannot read its configuration has ended a moment later, and would be started again for ever.
 */
final class Steadiness {
    /** The end of what a container says tells why; of a stack trace, the end of it. */
    private static final int LINES_SHOWN = 3;

    private static final int SHOWN_CHARS = 500;

    private Steadiness() {}

    /**
     * Waits a moment.
     *
     * @param began when it was started
     * @throws Trouble transient, with the container's last words, if it has ended since
     */
    static void require(ServiceManager manager, UnitName unit, String container, Instant began) throws Trouble {
        Semaphore news = new Semaphore(0);
        long end = System.nanoTime() + Ends.STEADY.toNanos();
        try (AutoCloseable listening = manager.watch(Set.of(unit), news::release)) {
            do {
                UnitState state = manager.look(unit);
                if (state.isFailed() || state.activeExit().isAfter(began)) {
                    throw ended(manager.writtenInside(unit, container, began), container);
                }
            } while (news.tryAcquire(end - System.nanoTime(), TimeUnit.NANOSECONDS));
        } catch (Trouble t) {
            throw t;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw Trouble.passing("it was not seen whether container " + container + " stays up", e);
        } catch (Exception e) {
            throw new IllegalStateException("closing a subscription", e);
        }
    }

    private static Trouble ended(List<String> lines, String container) {
        List<String> said = lines.stream()
                .map(String::strip)
                .filter(line -> !line.isEmpty())
                .distinct()
                .toList();
        String words = String.join("; ", said.subList(Math.max(0, said.size() - LINES_SHOWN), said.size()));
        String shown = words.length() > SHOWN_CHARS ? "..." + words.substring(words.length() - SHOWN_CHARS) : words;
        return new Trouble(
                Trouble.Sort.TRANSIENT,
                "container " + container + " ends as soon as it is started"
                        + (shown.isEmpty() ? "" : "; it said: " + shown),
                shown.isEmpty()
                        ? "see what it says: journalctl CONTAINER_NAME=" + container + ", or run its image by hand"
                        : "",
                null);
    }
}
