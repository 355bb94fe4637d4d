package dev.homeostat.kind.container;

import dev.homeostat.host.podman.PodmanEngine;
import dev.homeostat.resource.Trouble;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jboss.logging.Logger;

/**
 * Sees soon that a container works which has just been started: Podman checks it at its start, when nothing answers yet, and
 * then after an interval, commonly half a minute. As long as failures do not count, it is checked more often, so that nobody
 * waits for the interval. Thread-safe; each container has a thread of its own, which ends by itself.
 */
final class StartPeriod {
    private static final Logger LOG = Logger.getLogger(StartPeriod.class);

    /** A check is a process in the container: some 50 ms of one core. Each pause is half as long again as the one before. */
    private static final Duration FIRST_PAUSE = Duration.ofMillis(500);

    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);
    /** Podman counts from a moment before the one in which it tells of the start. */
    private static final Duration MARGIN = Duration.ofSeconds(1);
    /** Podman's own, where none is declared. */
    private static final Duration CHECK_LIMIT = Duration.ofSeconds(30);

    private final Set<String> underWay = ConcurrentHashMap.newKeySet();

    /**
     * @param id the container's, which starts now
     * @param health as declared; null if it has none
     */
    void begin(PodmanEngine engine, String id, Health health) {
        if (health == null || health.start() == null || !underWay.add(id)) {
            return;
        }
        long end = System.nanoTime() + health.start().minus(MARGIN).toNanos();
        Thread.ofVirtual().name("start-period").start(() -> {
            try {
                check(engine, id, health.timeout() == null ? CHECK_LIMIT : health.timeout(), end);
            } catch (Trouble t) {
                LOG.debugf("container %s is left to podman's own checks: %s", id, t.sentence());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } finally {
                underWay.remove(id);
            }
        });
    }

    private static void check(PodmanEngine engine, String id, Duration limit, long end)
            throws Trouble, InterruptedException {
        Duration pause = FIRST_PAUSE;
        do {
            Thread.sleep(pause);
            pause = Collections.min(List.of(pause.multipliedBy(3).dividedBy(2), LONGEST_PAUSE));
        } while (System.nanoTime() < end && engine.check(id, limit).equals("unhealthy"));
    }
}
