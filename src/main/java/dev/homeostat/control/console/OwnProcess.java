package dev.homeostat.control.console;

import dev.homeostat.control.console.first.FirstLook;
import dev.homeostat.host.Locations;
import dev.homeostat.host.posix.Accounts;
import dev.homeostat.host.posix.SafeFiles;
import dev.homeostat.resource.Trouble;
import jakarta.enterprise.context.ApplicationScoped;
import java.nio.file.Path;

/** What a command has that runs in a process of its own, as whoever gave it. Thread-safe. */
@ApplicationScoped
class OwnProcess {
    private final FirstLook firstLook;
    private final SafeFiles files;
    private final Accounts accounts;
    private final Locations locations;

    OwnProcess(FirstLook firstLook, SafeFiles files, Accounts accounts, Locations locations) {
        this.firstLook = firstLook;
        this.files = files;
        this.accounts = accounts;
        this.locations = locations;
    }

    FirstLook firstLook() {
        return firstLook;
    }

    /** @param name as it was given; null for where the daemon reads its declaration */
    NewFile newFile(String name) throws Trouble {
        Path path = name == null ? locations.declaration() : Path.of(name);
        return new NewFile(path.toAbsolutePath().normalize(), files, accounts.require(System.getProperty("user.name")));
    }
}
