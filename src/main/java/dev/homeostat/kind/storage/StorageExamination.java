package dev.homeostat.kind.storage;

import dev.homeostat.host.posix.Account;
import dev.homeostat.host.posix.Accounts;
import dev.homeostat.host.posix.SafeFiles;
import dev.homeostat.host.storage.ContainerStorage;
import dev.homeostat.host.storage.StaleMount;
import dev.homeostat.host.storage.StorageLook;
import dev.homeostat.resource.Desired;
import dev.homeostat.resource.Examination;
import dev.homeostat.resource.Finding;
import dev.homeostat.resource.Preflight;
import dev.homeostat.resource.Trouble;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Room, and Podman's storage: driver, database, file system, mounts left over, ranges of ids. What it finds is told with a
 * remedy that a person carries out; nothing here changes anything. Thread-safe.
 */
@ApplicationScoped
public class StorageExamination implements Examination, Preflight {
    private static final String GROUP = "storage";
    private static final String CONTAINER = "container";
    private static final Set<String> PODMANS = Set.of(CONTAINER, "volume", "network");
    private static final String ROOT = "root";

    private static final long MIB = 1L << 20;
    private static final long GIB = 1L << 30;
    /** Where the store is: a new generation is refused below, and a build of some packages needs the rest. */
    private static final Room STORE = new Room(2 * GIB, 10 * GIB);
    /** A kernel with its initrd, and two more of them. */
    private static final Room BOOT = new Room(64 * MIB, 192 * MIB);
    /** A small image, and a large one. */
    private static final Room CONTAINERS = new Room(256 * MIB, 2 * GIB);
    /** Ids of 16 bits: images use any of them. */
    private static final long LEAST_IDS = 1 << 16;

    /** The kernel does not lay an overlay over these. */
    private static final Set<String> NOT_UNDER_OVERLAY =
            Set.of("overlay", "aufs", "ecryptfs", "nfs", "nfs4", "fuse.sshfs", "vfat", "msdos", "9p");
    /** Drivers that are a file system's own. */
    private static final Map<String, String> OWN_FILE_SYSTEM = Map.of("btrfs", "btrfs", "zfs", "zfs");

    private static final String XFS = "xfs";
    private static final String OVERLAY = "overlay";

    private static final Path QUADLETS_OF_USERS = Path.of("/etc/containers/systemd/users");

    private final StorageLook look;
    private final Accounts accounts;
    private final SafeFiles files;

    public StorageExamination(StorageLook look, Accounts accounts, SafeFiles files) {
        this.look = look;
        this.accounts = accounts;
        this.files = files;
    }

    /** Less than {@code least} bytes is too little; less than {@code enough} is little. */
    private record Room(long leastBytes, long enoughBytes) {}

    // ---- what follows from what is declared

    @Override
    public List<Finding> look(Collection<Desired<?>> declared) {
        List<Finding> findings = new ArrayList<>();
        boolean generation = declared.stream().anyMatch(d -> d.id().kind().equals("generation"));
        if (generation) {
            room("/nix", Path.of("/nix/store"), STORE, "collect garbage: nix-collect-garbage")
                    .ifPresent(findings::add);
            room("/boot", Path.of("/boot"), BOOT, "delete old generations, then switch to the current one")
                    .ifPresent(findings::add);
        }
        SortedSet<String> owners = declared.stream()
                .filter(d -> PODMANS.contains(d.id().kind()))
                .map(d -> d.id().scope().isOwn() ? own() : d.id().scope().user())
                .collect(Collectors.toCollection(TreeSet::new));
        owners.forEach(owner -> findings.addAll(containers(owner, true)));
        if (!owners.isEmpty() || generation) {
            findings.addAll(mounts());
        }
        return findings;
    }

    /** Of the system's daemon root; of a user's that user. */
    private static String own() {
        return System.getProperty("user.name");
    }

    // ---- before a switch

    @Override
    public List<Finding> obstacles() {
        SortedSet<String> owners = new TreeSet<>(Set.of(ROOT));
        List<Finding> findings = new ArrayList<>();
        try {
            for (String uid : files.list(QUADLETS_OF_USERS)) {
                if (uid.matches("[0-9]{1,9}")) {
                    accounts.user(Integer.parseInt(uid)).ifPresent(a -> owners.add(a.name()));
                }
            }
        } catch (Trouble t) {
            findings.add(Finding.failed(GROUP, QUADLETS_OF_USERS.toString(), t));
        }
        owners.forEach(owner -> findings.addAll(containers(owner, false)));
        findings.addAll(mounts());
        return findings.stream().filter(Finding::hasFailed).toList();
    }

    // ---- room

    private static Optional<Finding> room(String name, Path folder, Room room, String remedy) {
        if (!Files.isDirectory(folder)) {
            return Optional.empty();
        }
        try {
            FileStore store = Files.getFileStore(folder);
            return Optional.of(
                    room("room in " + name, store.getUsableSpace(), store.getTotalSpace(), store.type(), room, remedy));
        } catch (IOException e) {
            return Optional.of(Finding.failed(
                    GROUP, "room in " + name, "the room in " + folder + " cannot be told: " + e.getMessage(), ""));
        }
    }

    private static Finding room(String name, long free, long total, String type, Room room, String remedy) {
        String seen = mebibytes(free) + " free of " + mebibytes(total) + " (" + type + ")";
        if (free < room.leastBytes()) {
            return Finding.failed(GROUP, name, seen + ", expected at least " + mebibytes(room.leastBytes()), remedy);
        }
        return free < room.enoughBytes()
                ? Finding.warning(GROUP, name, seen + ", " + mebibytes(room.enoughBytes()) + " are enough", remedy)
                : Finding.passed(GROUP, name, seen);
    }

    private static String mebibytes(long bytes) {
        return bytes >= 10 * GIB ? bytes / GIB + " GiB" : bytes / MIB + " MiB";
    }

    // ---- containers

    private List<Finding> containers(String owner, boolean whole) {
        String name = "containers of " + owner;
        try {
            Account account = accounts.require(owner);
            List<Finding> findings = new ArrayList<>();
            if (whole && account.uid() != 0) {
                findings.add(ids(account));
            }
            Optional<ContainerStorage> storage = look.containers(account);
            if (storage.isEmpty()) {
                return findings; // nothing was ever kept there
            }
            findings.add(driver(storage.get()));
            if (whole) { // a switch makes none of this better or worse
                findings.add(fileSystem(storage.get()));
                findings.add(room(
                        "room for " + name,
                        storage.get().freeBytes(),
                        storage.get().totalBytes(),
                        storage.get().fileSystem(),
                        CONTAINERS,
                        "see what takes it: podman system df" + " (as " + owner + ")"));
            }
            return findings;
        } catch (Trouble t) {
            return List.of(Finding.failed(GROUP, name, t));
        }
    }

    private static Finding driver(ContainerStorage storage) {
        String name = "driver of the containers of " + storage.owner();
        Optional<String> other = storage.contradiction();
        if (other.isEmpty()) {
            return Finding.passed(GROUP, name, storage.driver() + ", in " + storage.folder());
        }
        String wanted = storage.configured().orElseThrow();
        String evidence = storage.configuration() + " says " + wanted + ", and "
                + (storage.recorded().isPresent()
                        ? storage.database() + " was made with " + other.get()
                        : "what lies in " + storage.folder() + " was made with " + other.get());
        return Finding.failed(
                GROUP,
                name,
                evidence,
                "set driver = \"" + other.get() + "\" in " + storage.configuration()
                        + "; or, to begin anew without its containers and images, save the volumes that matter (podman"
                        + " volume export) and move " + storage.folder() + " away yourself");
    }

    private Finding fileSystem(ContainerStorage storage) {
        String name = "file system of the containers of " + storage.owner();
        String type = storage.fileSystem();
        String driver = storage.driver();
        String seen = driver + " on " + type + ", " + storage.folder();
        String needed = OWN_FILE_SYSTEM.get(driver);
        if (needed != null && !needed.equals(type)) {
            return Finding.failed(
                    GROUP,
                    name,
                    seen + ": the driver needs " + needed,
                    "set driver = \"overlay\" in " + storage.configuration() + ", or keep them on a " + needed);
        }
        if (driver.equals(OVERLAY) && !storage.mountProgram() && NOT_UNDER_OVERLAY.contains(type)) {
            return Finding.failed(
                    GROUP,
                    name,
                    seen + ": the kernel lays no overlay over " + type,
                    "keep them elsewhere (graphroot in " + storage.configuration()
                            + "), or set mount_program to fuse-overlayfs there");
        }
        if (driver.equals(OVERLAY) && type.equals(XFS)) {
            Optional<Boolean> tells = look.xfsTellsTypes(storage.folder());
            if (tells.isEmpty()) {
                return Finding.warning(
                        GROUP,
                        name,
                        seen + ": whether it was made with ftype=1 cannot be told without xfs_info",
                        "xfs_info " + storage.folder());
            }
            if (!tells.get()) {
                return Finding.failed(
                        GROUP,
                        name,
                        seen + ": it was made with ftype=0, and overlays on it lose files",
                        "keep them on a file system made with mkfs.xfs -n ftype=1: it cannot be changed later");
            }
        }
        return Finding.passed(GROUP, name, seen);
    }

    private Finding ids(Account account) throws Trouble {
        String name = "ids for the containers of " + account.name();
        List<String> lacking = new ArrayList<>();
        List<String> seen = new ArrayList<>();
        for (String file : List.of("subuid", "subgid")) {
            OptionalLong count = look.subordinateIds(file, account);
            if (count.isEmpty()) {
                return Finding.passed(GROUP, name, "told by another source than /etc/subuid (nsswitch.conf)");
            }
            seen.add(count.getAsLong() + " in /etc/" + file);
            if (count.getAsLong() < LEAST_IDS) {
                lacking.add(file);
            }
        }
        String evidence = String.join(", ", seen);
        return lacking.isEmpty()
                ? Finding.passed(GROUP, name, evidence)
                : Finding.failed(
                        GROUP,
                        name,
                        evidence + ", expected at least " + LEAST_IDS,
                        "usermod --add-subuids FIRST-LAST --add-subgids FIRST-LAST " + account.name()
                                + " (on NixOS: users.users." + account.name()
                                + ".autoSubUidGidRange = true), then podman"
                                + " system migrate as that user");
    }

    private List<Finding> mounts() {
        String name = "overlays left over";
        try {
            List<StaleMount> stale = look.staleMounts();
            if (stale.isEmpty()) {
                return List.of(Finding.passed(GROUP, name, "none"));
            }
            return stale.stream()
                    .map(mount -> Finding.failed(
                            GROUP,
                            "overlay left over at " + mount.path(),
                            mount.path() + " is mounted, and " + mount.why(),
                            mount.remedy()))
                    .toList();
        } catch (Trouble t) {
            return List.of(Finding.failed(GROUP, name, t));
        }
    }
}
