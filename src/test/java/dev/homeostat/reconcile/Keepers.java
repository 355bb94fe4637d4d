package dev.homeostat.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.homeostat.declaration.DeclarationFiles;
import dev.homeostat.declaration.DeclarationReader;
import dev.homeostat.host.Locations;
import dev.homeostat.host.posix.FolderWatch;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/** Loops for tests, without a timetable: events and calls move them, and nobody holds back what interrupts. */
final class Keepers {
    private Keepers() {}

    static Keeper of(
            Kinds kinds,
            Locations locations,
            DeclarationReader reader,
            FolderWatch folderWatch,
            Journal journal,
            Ownership ownership,
            InstantSource clock,
            String hungAfter) {
        return new Keeper(
                kinds,
                new DeclarationFiles(locations),
                reader,
                folderWatch,
                journal,
                ownership,
                new Timetable(null) {
                    @Override
                    public void every(String name, Duration interval, Runnable task) {
                        // nothing happens by itself
                    }
                },
                List::of,
                List.of(),
                List.of(),
                clock,
                hungAfter);
    }

    /** What the control interface talks to, which tells of what happens. */
    static MachineEngine engine(
            Keeper keeper,
            Kinds kinds,
            Locations locations,
            DeclarationReader reader,
            Journal journal,
            InstantSource clock,
            BlockingQueue<Event> events) {
        MachineEngine engine = new MachineEngine(
                keeper, kinds, reader, journal, ProposalsTest.proposals(locations, clock), clock, "test");
        engine.listen(events::add);
        return engine;
    }

    /** @return the status that is as expected: a moment later what fails is tried again */
    static MachineStatus await(
            MachineEngine engine,
            BlockingQueue<Event> events,
            Duration limit,
            String what,
            Predicate<MachineStatus> expected)
            throws InterruptedException {
        long end = System.nanoTime() + limit.toNanos();
        MachineStatus status = engine.status();
        while (!expected.test(status)) {
            assertThat(System.nanoTime())
                    .as("waited for too long: %s; status: %s", what, status)
                    .isLessThan(end);
            events.poll(10, TimeUnit.MILLISECONDS);
            status = engine.status();
        }
        return status;
    }
}
