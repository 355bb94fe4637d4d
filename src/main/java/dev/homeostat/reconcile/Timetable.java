package dev.homeostat.reconcile;

import io.quarkus.scheduler.Scheduler;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;

/** What is done again and again, by name; Quarkus Scheduler keeps the time. Thread-safe. */
@ApplicationScoped
public class Timetable {
    private final Scheduler scheduler;

    public Timetable(Scheduler scheduler) {
        this.scheduler = scheduler;
    }

    /** From now on, every so often and not before; replaces what had that name. Runs on a virtual thread, never twice at once. */
    public void every(String name, Duration interval, Runnable task) {
        scheduler.unscheduleJob(name);
        String text = interval.toSeconds() + "s";
        scheduler
                .newJob(name)
                .setInterval(text)
                .setDelayed(text)
                .setConcurrentExecution(io.quarkus.scheduler.Scheduled.ConcurrentExecution.SKIP)
                .setTask(execution -> task.run(), true)
                .schedule();
    }
}
