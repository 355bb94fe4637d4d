package dev.homeostat.kind.service;

import dev.homeostat.host.Locations;
import dev.homeostat.host.posix.Account;
import dev.homeostat.host.posix.Accounts;
import dev.homeostat.resource.Scope;
import dev.homeostat.resource.Trouble;
import jakarta.enterprise.context.ApplicationScoped;
import java.nio.file.Path;

/** Where unit files of a scope are written, and whose they are. The folders are those of systemd.unit(5) for the owner's own. */
@ApplicationScoped
public class UnitPlaces {
    /** @param home where {@code ~} leads */
    record Place(Path folder, Account account, Path home) {
        Path file(String unit) {
            return folder.resolve(unit);
        }

        Path dropInFolder(String unit) {
            return folder.resolve(unit + ".d");
        }

        Path dropIn(String unit, String name) {
            return dropInFolder(unit).resolve(DROP_IN_PREFIX + name + DROP_IN_SUFFIX);
        }
    }

    /** After the vendor's (10 to 40 by custom), before what the owner adds by hand with systemctl edit (override.conf). */
    static final String DROP_IN_PREFIX = "50-";

    static final String DROP_IN_SUFFIX = ".conf";

    private static final Path SYSTEM_FOLDER = Path.of("/etc/systemd/system");
    private static final String USER_FOLDER = ".config/systemd/user";

    private final Locations locations;
    private final Accounts accounts;

    public UnitPlaces(Locations locations, Accounts accounts) {
        this.locations = locations;
        this.accounts = accounts;
    }

    /** @throws Trouble invalid if there is no such user */
    Place of(Scope scope) throws Trouble {
        if (scope.isOwn() && !locations.unprivileged()) {
            return new Place(SYSTEM_FOLDER, accounts.require("root"), Path.of("/root"));
        }
        Account account = accounts.require(scope.isOwn() ? System.getProperty("user.name") : scope.user());
        return new Place(account.home().resolve(USER_FOLDER), account, account.home());
    }

    /** Whether units of this scope belong to a user's service manager. */
    boolean isUsers(Scope scope) {
        return locations.unprivileged() || !scope.isOwn();
    }
}
