package dev.homeostat.host.podman;

import dev.homeostat.host.Locations;
import dev.homeostat.host.posix.Account;
import dev.homeostat.host.posix.Accounts;
import dev.homeostat.host.posix.FileFacts;
import dev.homeostat.host.posix.KeptFiles;
import dev.homeostat.host.posix.SafeFiles;
import dev.homeostat.host.systemd.UnitFile;
import dev.homeostat.host.systemd.UnitName;
import dev.homeostat.resource.Scope;
import dev.homeostat.resource.Trouble;
import jakarta.enterprise.context.ApplicationScoped;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The folders where podman's generator looks for Quadlet files. Those of users lie below /etc, not in their homes: root
 * writes nothing where somebody else can place links, a home that is not mounted is no obstacle, and a user does not undo
 * by accident what the machine's owner declared. Thread-safe.
 */
@ApplicationScoped
public class Quadlets {
    /** What is written about the thing, for those who read labels. */
    public static final String SPEC_LABEL = "dev.homeostat.spec";

    private static final Pattern LABEL = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._/-]{0,254}");

    private static final Path FOLDER = Path.of("/etc/containers/systemd");
    private static final Path UNITS = Path.of("/etc/systemd/system");
    /** After the vendor's (10 to 40 by custom), before what the owner adds by hand with systemctl edit (override.conf). */
    private static final String DROP_IN = "50-homeostat.conf";

    private static final int FILE_MODE = 0644;
    private static final int FOLDER_MODE = 0755;
    /** Ours are a few kB; somebody else's that is larger is no Quadlet file. */
    private static final long FILE_LIMIT_BYTES = 1 << 20;

    private final SafeFiles files;
    private final Accounts accounts;
    private final Locations locations;
    private final KeptFiles kept;
    private final Path configHome;

    @jakarta.inject.Inject
    public Quadlets(SafeFiles files, Accounts accounts, Locations locations, KeptFiles kept) {
        this(files, accounts, locations, kept, System.getenv());
    }

    Quadlets(SafeFiles files, Accounts accounts, Locations locations, KeptFiles kept, Map<String, String> environment) {
        this.files = files;
        this.accounts = accounts;
        this.locations = locations;
        this.kept = kept;
        String base = environment.getOrDefault("XDG_CONFIG_HOME", "");
        this.configHome = base.startsWith("/") ? Path.of(base) : Path.of(System.getProperty("user.home"), ".config");
    }

    /**
     * A Quadlet file that is there.
     *
     * @param changedNanos when its content or attributes last changed, nanoseconds since 1970
     */
    public record Found(String text, long changedNanos) {
        /** Written by us, or with nothing in it that somebody could miss. */
        public boolean isOurs() {
            return UnitFile.isOurs(text) || text.isBlank();
        }
    }

    /** @throws IllegalArgumentException if it cannot be the name of a label */
    public static void checkLabel(String name) {
        if (!LABEL.matcher(name).matches()) {
            throw new IllegalArgumentException(
                    "is not the name of a label: letters, digits and . _ / - are possible, at most 255, a letter or digit first");
        }
    }

    /** The unit that the generator makes of {@code NAME.container}, {@code NAME.volume} or {@code NAME.network}. */
    public static UnitName unit(String name, String type) {
        return new UnitName(name + (type.equals("container") ? "" : "-" + type) + ".service");
    }

    /** Where a Quadlet file of this scope lies. */
    public Path path(Scope scope, String name, String type) throws Trouble {
        return folder(scope).resolve(name + "." + type);
    }

    public Optional<Found> read(Path path) throws Trouble {
        Optional<FileFacts> facts = files.look(path);
        if (facts.isEmpty()) {
            return Optional.empty();
        }
        String text = new String(files.read(path, FILE_LIMIT_BYTES), StandardCharsets.UTF_8);
        return Optional.of(new Found(text, facts.get().ctimeNanos()));
    }

    public void write(Scope scope, Path path, String text) throws Trouble {
        Account owner = owner(scope);
        files.makeWay(path.getParent(), FOLDER_MODE, owner.uid(), owner.gid());
        Optional<Found> former = read(path);
        if (former.isPresent() && !UnitFile.isUntouched(former.get().text())) {
            kept.keep(path, former.get().text().getBytes(StandardCharsets.UTF_8));
        }
        files.write(path, text.getBytes(StandardCharsets.UTF_8), FILE_MODE, owner.uid(), owner.gid(), late -> {
            if (!UnitFile.isUntouched(new String(late, StandardCharsets.UTF_8))) {
                kept.keep(path, late);
            }
        });
    }

    public void remove(Path path) throws Trouble {
        files.remove(path);
    }

    /**
     * Where a drop-in for the unit of a Quadlet file of the system's lies. None for users': what lies below /etc for one
     * user's unit would count for all; and none where the folder is another's work (on NixOS it is read-only).
     */
    public Optional<Path> dropIn(Scope scope, UnitName unit) {
        return scope.isOwn() && !locations.unprivileged() && Files.isWritable(UNITS)
                ? Optional.of(UNITS.resolve(unit + ".d").resolve(DROP_IN))
                : Optional.empty();
    }

    private Path folder(Scope scope) throws Trouble {
        if (!scope.isOwn()) {
            return FOLDER.resolve("users")
                    .resolve(Integer.toString(accounts.require(scope.user()).uid()));
        }
        return locations.unprivileged() ? configHome.resolve("containers/systemd") : FOLDER;
    }

    /** Whose the files are: root's below /etc, one's own at home. */
    private Account owner(Scope scope) throws Trouble {
        boolean home = scope.isOwn() && locations.unprivileged();
        return accounts.require(home ? System.getProperty("user.name") : "root");
    }
}
