package dev.homeostat.host.systemd;

import dev.homeostat.resource.Trouble;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** A service that is run to its end, and of which nothing is left then. Thread-safe; calls wait. */
public final class Errand {
    /** If no event tells that it has ended. */
    private static final Duration LOOK_AT_LEAST_EVERY = Duration.ofSeconds(1);
    /** A program is started and forgotten in milliseconds; a busy machine gets its chance. */
    private static final Duration CALL_LIMIT = Duration.ofSeconds(10);

    private Errand() {}

    /**
     * @return how it ended; empty if that could not be seen within its own limit
     * @throws Trouble if it could not be begun
     */
    public static Optional<ServiceRun> run(ServiceManager manager, TransientService service) throws Trouble {
        UnitName unit = service.name();
        Semaphore news = new Semaphore(0);
        long end = System.nanoTime()
                + service.limit().plus(service.grace()).plus(CALL_LIMIT).toNanos();
        manager.forget(unit, CALL_LIMIT);
        try (AutoCloseable listening = manager.watch(List.of(unit), news::release)) {
            manager.startTransient(service, CALL_LIMIT);
            while (System.nanoTime() - end < 0) {
                Optional<ServiceRun> run = manager.lastRun(unit);
                if (run.filter(r -> r.state() == ServiceRun.State.RUNNING).isEmpty()) {
                    return run;
                }
                if (news.tryAcquire(LOOK_AT_LEAST_EVERY.toMillis(), TimeUnit.MILLISECONDS)) {
                    news.drainPermits();
                }
            }
            return Optional.empty();
        } catch (Trouble | RuntimeException e) {
            throw e;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw Trouble.passing("interrupted while " + unit + " was waited for");
        } catch (Exception e) {
            throw new IllegalStateException("a watch that cannot be ended", e);
        } finally {
            manager.forget(unit, CALL_LIMIT); // or it would count among the failed ones
        }
    }
}
