package dev.homeostat.host.storage;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.homeostat.host.ports.PortTable;
import dev.homeostat.host.posix.Account;
import dev.homeostat.host.posix.FileFacts;
import dev.homeostat.host.posix.SafeFiles;
import dev.homeostat.host.process.Processes;
import dev.homeostat.resource.Json;
import dev.homeostat.resource.Trouble;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Looks at Podman's storage without asking Podman: what is wrong with it keeps Podman from answering. Looks afresh with
 * every call and changes nothing. Thread-safe.
 */
@ApplicationScoped
public class StorageLook {
    /** Some kB with comments. */
    private static final long CONFIGURATION_LIMIT_BYTES = 1 << 20;
    /** Some hundred kB on a machine with dozens of containers. */
    private static final long DATABASE_LIMIT_BYTES = 64L << 20;
    /** One entry of a few hundred bytes for each container, or layer. */
    private static final long LIST_LIMIT_BYTES = 32L << 20;
    /** Some kB; a machine with many mounts has hundreds. */
    private static final int MOUNTS_LIMIT_BYTES = 16 << 20;
    /** It reads a few blocks of the file system. */
    private static final Duration XFS_LIMIT = Duration.ofSeconds(5);

    private static final Set<String> DRIVERS = Set.of("overlay", "vfs", "btrfs", "zfs");
    private static final Set<String> OVERLAYS = Set.of("overlay", "fuse.fuse-overlayfs", "fuse-overlayfs");
    private static final Pattern MERGED =
            Pattern.compile("(?<root>/.{1,4000})/overlay/(?<layer>[0-9a-f]{64})/merged(?: ?//deleted)?");
    private static final Pattern RANGE = Pattern.compile("([^:\\s]{1,256}):([0-9]{1,10}):([0-9]{1,10})");
    private static final Pattern FTYPE = Pattern.compile("\\bftype=([01])\\b");

    private final Path root;
    private final SafeFiles files;
    private final Processes processes;
    private final PortTable processTable;

    @Inject
    public StorageLook(SafeFiles files, Processes processes, PortTable processTable) {
        this(Path.of("/"), files, processes, processTable);
    }

    /** @param root below which etc, usr, var, proc and homes are */
    StorageLook(Path root, SafeFiles files, Processes processes, PortTable processTable) {
        this.root = root;
        this.files = files;
        this.processes = processes;
        this.processTable = processTable;
    }

    // ---- where containers are kept

    /**
     * The storage of one user's podman; root's is the system's. Empty if there is none yet.
     *
     * @throws Trouble if it cannot be looked at
     */
    public Optional<ContainerStorage> containers(Account account) throws Trouble {
        boolean system = account.uid() == 0;
        Path etc = at("/etc/containers/storage.conf");
        Path usual = Files.exists(etc) ? etc : at("/usr/share/containers/storage.conf");
        Path own = at(account.home().toString()).resolve(".config/containers/storage.conf");
        boolean ownConf = !system && files.look(own).isPresent();
        Path file = ownConf ? own : usual;
        StorageConf conf = conf(file);
        Path folder = folder(account, conf, ownConf);
        if (!Files.isDirectory(folder)) {
            return Optional.empty();
        }
        Path database = folder.resolve("db.sql");
        try {
            FileStore store = Files.getFileStore(folder);
            return Optional.of(new ContainerStorage(
                    account.name(),
                    folder,
                    conf.driver().map(StorageLook::name),
                    file,
                    recorded(database),
                    database,
                    filled(folder),
                    conf.mountProgram(),
                    store.type(),
                    store.getUsableSpace(),
                    store.getTotalSpace()));
        } catch (IOException e) {
            throw Trouble.passing("the file system of " + folder + " cannot be told: " + e.getMessage(), e);
        }
    }

    private Path at(String path) {
        return root.resolve(path.substring(1));
    }

    /** An old name of the same. */
    private static String name(String driver) {
        return driver.equals("overlay2") ? "overlay" : driver;
    }

    private Path folder(Account account, StorageConf conf, boolean own) {
        if (account.uid() == 0) {
            return at(conf.graphRoot().filter(p -> p.startsWith("/")).orElse("/var/lib/containers/storage"));
        }
        Optional<String> said = own ? conf.graphRoot().or(conf::rootlessPath) : conf.rootlessPath();
        String path = said.orElse("$HOME/.local/share/containers/storage")
                .replace("$HOME", account.home().toString())
                .replace("$USER", account.name())
                .replace("$UID", Integer.toString(account.uid()));
        return path.startsWith("/") ? at(path) : at(account.home().toString()).resolve(path);
    }

    private StorageConf conf(Path file) throws Trouble {
        Optional<FileFacts> facts = files.look(file);
        if (facts.isEmpty()) {
            return StorageConf.NONE;
        }
        // on NixOS and others it is a link
        try {
            Path real = facts.get().type() == FileFacts.Type.LINK ? file.toRealPath() : file;
            return StorageConf.of(new String(files.read(real, CONFIGURATION_LIMIT_BYTES), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw Trouble.passing(file + " cannot be read: " + e.getMessage(), e);
        }
    }

    private Optional<String> recorded(Path database) throws Trouble {
        if (files.look(database).isEmpty()) {
            return Optional.empty();
        }
        return PodmanDatabase.driver(database, files.read(database, DATABASE_LIMIT_BYTES))
                .map(StorageLook::name);
    }

    private SortedSet<String> filled(Path folder) throws Trouble {
        SortedSet<String> filled = new TreeSet<>();
        for (String driver : DRIVERS) {
            Path layers = folder.resolve(driver + "-layers").resolve("layers.json");
            Optional<FileFacts> facts = files.look(layers);
            if (facts.isPresent() && facts.get().sizeBytes() > "[]\n".length()) {
                filled.add(driver);
            }
        }
        return filled;
    }

    /**
     * Whether an XFS tells the type of a file with its name, without which overlays on it lose files. Empty if that cannot
     * be told.
     */
    public Optional<Boolean> xfsTellsTypes(Path folder) {
        try {
            Processes.Result result = processes.run(List.of("xfs_info", folder.toString()), Map.of(), XFS_LIMIT);
            Matcher matcher = FTYPE.matcher(result.output());
            return result.exitCode() == 0 && matcher.find()
                    ? Optional.of(matcher.group(1).equals("1"))
                    : Optional.empty();
        } catch (Trouble t) {
            return Optional.empty(); // without the program; the finding says that it cannot be told
        }
    }

    // ---- mounts

    /**
     * Overlays of containers that do not run.
     *
     * @throws Trouble if the kernel does not tell what is mounted
     */
    public List<StaleMount> staleMounts() throws Trouble {
        List<Path> merged = overlays();
        if (merged.isEmpty()) {
            return List.of();
        }
        Set<String> running = processTable.runningContainers();
        Map<Path, Map<String, JsonNode>> containers = new HashMap<>();
        List<StaleMount> stale = new ArrayList<>();
        for (Path path : merged) {
            Matcher matcher = MERGED.matcher(path.toString());
            if (matcher.matches()) {
                Path storage = Path.of(matcher.group("root"));
                if (!containers.containsKey(storage)) {
                    containers.put(storage, byLayer(storage));
                }
                stale(path, storage, matcher.group("layer"), containers.get(storage), running)
                        .ifPresent(stale::add);
            }
        }
        return stale;
    }

    private Optional<StaleMount> stale(
            Path path, Path storage, String layer, Map<String, JsonNode> containers, Set<String> running)
            throws Trouble {
        String umount = "umount " + storage.resolve("overlay").resolve(layer).resolve("merged");
        JsonNode container = containers.get(layer);
        if (container == null) {
            return layers(storage).contains(layer)
                    ? Optional.empty() // an image that somebody mounted
                    : Optional.of(new StaleMount(path, "it belongs to no container and no image any more", umount));
        }
        String id = container.path("id").asText();
        if (running.contains(id)) {
            return Optional.empty();
        }
        String name = container.path("names").path(0).asText(id);
        return Optional.of(new StaleMount(
                path,
                "container " + name + ", whose it is, does not run",
                "podman umount " + name + "; if that does not do, " + umount));
    }

    private List<Path> overlays() throws Trouble {
        Path first = at("/proc/1/mountinfo"); // ours would have what is mounted for the daemon alone
        Path table = Files.isReadable(first) ? first : at("/proc/self/mountinfo");
        String text;
        try (var in = Files.newInputStream(table)) {
            text = new String(in.readNBytes(MOUNTS_LIMIT_BYTES), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw Trouble.passing(table + " cannot be read: " + e.getMessage(), e);
        }
        List<Path> found = new ArrayList<>();
        for (String line : text.lines().toList()) {
            // proc_pid_mountinfo(5): the type stands behind a lone hyphen
            String[] halves = line.split(" - ", 2);
            String[] fields = halves[0].split(" ");
            if (halves.length == 2
                    && fields.length > 4
                    && OVERLAYS.contains(halves[1].split(" ")[0])) {
                found.add(Path.of(fields[4].replace("\\040", " ")));
            }
        }
        return found;
    }

    /** Containers by the layer that is theirs alone. */
    private Map<String, JsonNode> byLayer(Path storage) throws Trouble {
        Map<String, JsonNode> all = new HashMap<>();
        for (String list : List.of("containers.json", "volatile-containers.json")) {
            for (JsonNode container : list(storage.resolve("overlay-containers").resolve(list))) {
                all.put(container.path("layer").asText(), container);
            }
        }
        return all;
    }

    private Set<String> layers(Path storage) throws Trouble {
        Set<String> ids = new TreeSet<>();
        for (String list : List.of("layers.json", "volatile-layers.json")) {
            for (JsonNode layer : list(storage.resolve("overlay-layers").resolve(list))) {
                ids.add(layer.path("id").asText());
            }
        }
        return ids;
    }

    private JsonNode list(Path file) throws Trouble {
        if (files.look(file).isEmpty()) {
            return Json.MAPPER.createArrayNode();
        }
        try {
            return Json.MAPPER.readTree(new String(files.read(file, LIST_LIMIT_BYTES), StandardCharsets.UTF_8));
        } catch (JsonProcessingException e) {
            throw Trouble.passing(file + " is not JSON: " + e.getOriginalMessage());
        }
    }

    // ---- ids

    /**
     * How many ids a user has for containers of his own.
     *
     * @param file {@code subuid} or {@code subgid}
     * @return empty if another database than the file has them
     * @throws Trouble if it cannot be read
     */
    public OptionalLong subordinateIds(String file, Account account) throws Trouble {
        if (elsewhere()) {
            return OptionalLong.empty();
        }
        Path path = at("/etc/" + file);
        if (files.look(path).isEmpty()) {
            return OptionalLong.of(0);
        }
        String text = new String(files.read(path, CONFIGURATION_LIMIT_BYTES), StandardCharsets.UTF_8);
        long count = 0;
        for (String line : text.lines().toList()) {
            Matcher range = RANGE.matcher(line.strip());
            if (range.matches()
                    && (range.group(1).equals(account.name())
                            || range.group(1).equals(Integer.toString(account.uid())))) {
                count += Long.parseLong(range.group(3));
            }
        }
        return OptionalLong.of(count);
    }

    /** nsswitch.conf(5) may name another source. */
    private boolean elsewhere() throws Trouble {
        Path file = at("/etc/nsswitch.conf");
        if (files.look(file).filter(f -> f.type() == FileFacts.Type.FILE).isEmpty()) {
            return false;
        }
        return new String(files.read(file, CONFIGURATION_LIMIT_BYTES), StandardCharsets.UTF_8)
                .lines()
                .map(String::strip)
                .anyMatch(line -> line.startsWith("subid:")
                        && !line.substring("subid:".length()).strip().equals("files"));
    }
}
