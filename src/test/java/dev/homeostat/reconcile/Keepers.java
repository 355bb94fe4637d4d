package dev.homeostat.reconcile;

import dev.homeostat.declaration.DeclarationFiles;
import dev.homeostat.declaration.DeclarationReader;
import dev.homeostat.host.Locations;
import dev.homeostat.host.posix.FolderWatch;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;

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
}
