package dev.homeostat.host.ports;

import dev.homeostat.host.posix.Account;
import dev.homeostat.host.posix.Accounts;
import dev.homeostat.host.posix.ProcFile;
import dev.homeostat.resource.HostPort;
import dev.homeostat.resource.HostPort.Protocol;
import dev.homeostat.resource.Trouble;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Who listens on which port, by proc(5): /proc/net of a network namespace for the sockets, /proc/PID/fd for their
 * processes, /proc/PID/cgroup for units and containers. Starts no process. A process may end at any moment: what is not
 * there any more is nobody's. Thread-safe.
 */
@ApplicationScoped
public class PortTable {
    /** Far more sockets than a machine has; a bound all the same. */
    private static final int LINES_LIMIT = 1 << 20;

    private static final int USUAL_FIRST_UNPRIVILEGED = 1024;
    private static final int TEXT_LIMIT_BYTES = 16 * 1024;
    /** Fields of a line: number, local address, remote one, state, queues, timer, retransmits, uid, time-out, inode. */
    private static final int LOCAL = 1;

    private static final int STATE = 3;
    private static final int UID = 7;
    private static final int INODE = 9;
    private static final int HEXADECIMAL = 16;

    private static final String SOCKET = "socket:[";
    private static final String ALL_IPV6 = "::";
    private static final String CONMON = "conmon";
    /** The first process: of what is activated by a socket it holds the socket, too. */
    private static final long INIT = 1;

    private final Path proc;
    private final Accounts accounts;

    @Inject
    public PortTable(Accounts accounts) {
        this(Path.of("/proc"), accounts);
    }

    PortTable(Path proc, Accounts accounts) {
        this.proc = proc;
        this.accounts = accounts;
    }

    /** A file of /proc/net, and the state in it that means: whoever sends gets through. */
    private enum Table {
        TCP("tcp", Protocol.TCP, "0A"),
        TCP6("tcp6", Protocol.TCP, "0A"),
        UDP("udp", Protocol.UDP, "07"),
        UDP6("udp6", Protocol.UDP, "07");

        private final String file;
        private final Protocol protocol;
        private final String state;

        Table(String file, Protocol protocol, String state) {
            this.file = file;
            this.protocol = protocol;
            this.state = state;
        }
    }

    /**
     * All that are listened on in the network that this process is in: the host's.
     *
     * @throws Trouble if the kernel does not tell
     */
    public List<Listener> listeners() throws Trouble {
        return listeners(proc.resolve("net"));
    }

    /**
     * The same of the network that some process is in, which may be a container's. Empty if it has ended.
     *
     * @throws Trouble if the kernel does not tell
     */
    public List<Listener> listeners(long pid) throws Trouble {
        return listeners(proc.resolve(Long.toString(pid)).resolve("net"));
    }

    private static List<Listener> listeners(Path net) throws Trouble {
        List<Listener> all = new ArrayList<>();
        for (Table table : Table.values()) {
            read(net.resolve(table.file), table, all);
        }
        return withoutMapped(all);
    }

    private static void read(Path file, Table table, List<Listener> all) throws Trouble {
        try (BufferedReader lines = Files.newBufferedReader(file, StandardCharsets.US_ASCII)) {
            lines.readLine(); // the heading
            int count = 0;
            for (String line = lines.readLine(); line != null && count < LINES_LIMIT; line = lines.readLine()) {
                count++;
                String[] fields = line.strip().split("\\s+", INODE + 2);
                if (fields.length <= INODE) {
                    throw Trouble.passing(file + " does not say what it should: expected a socket a line");
                }
                if (fields[STATE].equals(table.state)) {
                    listener(fields, table).ifPresent(all::add);
                } else if (table.protocol == Protocol.TCP) {
                    return; // the kernel lists those that are listened on first
                }
            }
        } catch (NoSuchFileException e) {
            return; // without IPv6, or of a process that has ended
        } catch (IOException e) {
            throw Trouble.passing(file + " cannot be read: " + e.getMessage(), e);
        } catch (IllegalArgumentException e) {
            throw Trouble.passing(file + " does not say what it should: " + e.getMessage(), e);
        }
    }

    private static Optional<Listener> listener(String[] fields, Table table) throws UnknownHostException {
        int colon = fields[LOCAL].indexOf(':');
        String hex = fields[LOCAL].substring(0, Math.max(0, colon));
        int number = Integer.parseInt(fields[LOCAL].substring(colon + 1), HEXADECIMAL);
        if (number == 0) { // of a raw kind, or not bound yet
            return Optional.empty();
        }
        HostPort port = new HostPort(address(hex), number, table.protocol);
        return Optional.of(new Listener(port, Long.parseLong(fields[INODE]), Integer.parseUnsignedInt(fields[UID])));
    }

    /** Words of 32 bits, each in the order of this machine, which is the little-endian one wherever we run. */
    private static String address(String hex) throws UnknownHostException {
        if (hex.length() != 8 && hex.length() != 32) {
            throw new IllegalArgumentException("expected an address, found " + hex.length() + " digits");
        }
        byte[] bytes = new byte[hex.length() / 2];
        for (int word = 0; word < bytes.length; word += 4) {
            for (int i = 0; i < 4; i++) {
                int at = (word + i) * 2;
                bytes[word + 3 - i] = (byte) Integer.parseInt(hex.substring(at, at + 2), HEXADECIMAL);
            }
        }
        boolean zero = Arrays.equals(bytes, new byte[bytes.length]);
        return bytes.length > 4 && zero
                ? ALL_IPV6
                : InetAddress.getByAddress(bytes).getHostAddress();
    }

    /**
     * A socket of all IPv6 addresses is for IPv4, too, unless its owner said otherwise, which proc(5) does not show: but
     * then only could anybody else have an IPv4 address of the same port.
     */
    private static List<Listener> withoutMapped(List<Listener> all) {
        return all.stream()
                .map(l -> l.port().address().equals(ALL_IPV6)
                                && all.stream()
                                        .map(Listener::port)
                                        .noneMatch(p -> p.isIpv4()
                                                && p.name().equals(l.port().name()))
                        ? new Listener(l.port().on(""), l.inode(), l.uid())
                        : l)
                .toList();
    }

    /** The first port that every user may listen on, IPv4 and IPv6: as the kernel says, or as it was before it could say. */
    int firstUnprivileged() {
        return ProcFile.read(proc + "/sys/net/ipv4/ip_unprivileged_port_start", TEXT_LIMIT_BYTES)
                .map(String::strip)
                .filter(text -> text.matches("[0-9]{1,5}"))
                .map(Integer::valueOf)
                .orElse(USUAL_FIRST_UNPRIVILEGED);
    }

    // ---- whose they are

    /**
     * Who holds what of these ports, at this moment.
     *
     * @return in the order of the ports; of several holders of a port all are told
     * @throws Trouble if the kernel does not tell
     */
    public List<Holder> holders(Collection<HostPort> wanted) throws Trouble {
        Map<String, List<HostPort>> byName = new HashMap<>();
        wanted.forEach(
                p -> byName.computeIfAbsent(p.name(), n -> new ArrayList<>()).add(p));
        List<Listener> meant = listeners().stream()
                .filter(l ->
                        byName.getOrDefault(l.port().name(), List.of()).stream().anyMatch(l.port()::overlaps))
                .sorted(Comparator.comparing(Listener::port))
                .toList();
        if (meant.isEmpty()) {
            return List.of();
        }
        List<Holder> holders = owners(meant);
        if (holders.stream().allMatch(holder -> holder.pid().isPresent())) {
            return holders;
        }
        // whoever was not found may have ended meanwhile, and its sockets with it
        Set<Long> there = new HashSet<>();
        listeners().forEach(listener -> there.add(listener.inode()));
        return owners(meant.stream().filter(l -> there.contains(l.inode())).toList());
    }

    private List<Holder> owners(List<Listener> listeners) {
        Set<Long> wanted = new HashSet<>();
        listeners.forEach(l -> wanted.add(l.inode()));
        List<Long> pids = pids();
        Map<Long, Long> owners = new HashMap<>();
        for (long pid : pids) {
            if (owners.size() == wanted.size() && !owners.containsValue(INIT)) {
                break;
            }
            for (long inode : sockets(pid)) {
                if (wanted.contains(inode)) {
                    owners.merge(inode, pid, (first, second) -> first == INIT ? second : first);
                }
            }
        }
        Naming naming = new Naming(new Conmons(pids));
        return listeners.stream()
                .map(l -> naming.holder(l, Optional.ofNullable(owners.get(l.inode()))))
                .toList();
    }

    /** What is known of a process, whichever of its sockets is meant. */
    private record Known(String program, ControlGroup group, Optional<String> container) {}

    /** Asks for each process and each user once: one may have hundreds of ports. */
    private final class Naming {
        private final Conmons conmons;
        private final Map<Long, Known> processes = new HashMap<>();
        private final Map<Integer, String> users = new HashMap<>();

        Naming(Conmons conmons) {
            this.conmons = conmons;
        }

        Holder holder(Listener listener, Optional<Long> pid) {
            String user = users.computeIfAbsent(
                    listener.uid(), uid -> accounts.user(uid).map(Account::name).orElse(Integer.toUnsignedString(uid)));
            if (pid.isEmpty()) {
                return new Holder(listener.port(), pid, "", user, Optional.empty(), Optional.empty(), Optional.empty());
            }
            Known known = processes.computeIfAbsent(pid.get(), this::look);
            return new Holder(
                    listener.port(),
                    pid,
                    known.program(),
                    user,
                    known.group().unit(),
                    known.group().manager(),
                    known.container());
        }

        private Known look(long pid) {
            ControlGroup group = group(pid);
            return new Known(program(pid), group, conmons.container(pid, group));
        }
    }

    private List<Long> pids() {
        List<Long> pids = new ArrayList<>();
        try (DirectoryStream<Path> all = Files.newDirectoryStream(proc, "[0-9]*")) {
            for (Path one : all) {
                String name = one.getFileName().toString();
                if (name.length() <= 18 && name.chars().allMatch(c -> c >= '0' && c <= '9')) {
                    pids.add(Long.valueOf(name));
                }
            }
        } catch (IOException | DirectoryIteratorException e) {
            return List.of(); // no proc file system: then nobody is seen
        }
        pids.sort(Comparator.naturalOrder());
        return pids;
    }

    /** Inodes of the sockets that a process has open; none if it may not be looked at. */
    private List<Long> sockets(long pid) {
        List<Long> inodes = new ArrayList<>();
        for (String target : ProcFile.links(proc + "/" + pid + "/fd")) {
            if (target.startsWith(SOCKET) && target.endsWith("]")) {
                inodes.add(Long.valueOf(target.substring(SOCKET.length(), target.length() - 1)));
            }
        }
        return inodes;
    }

    private ControlGroup group(long pid) {
        return ControlGroup.of(read(pid, "cgroup"));
    }

    private String program(long pid) {
        return read(pid, "comm").strip();
    }

    private String read(long pid, String file) {
        return ProcFile.read(proc + "/" + pid + "/" + file, TEXT_LIMIT_BYTES).orElse(""); // empty: it has ended
    }

    // ---- containers

    /** A process that waits for a container's end: it knows the name. */
    private record Conmon(long pid, String id, String name, ControlGroup group) {}

    /** The monitors of containers, looked for when the first is asked for. */
    private final class Conmons {
        private final List<Long> pids;
        private List<Conmon> all;

        Conmons(List<Long> pids) {
            this.pids = pids;
        }

        /** Published ports are held by the monitor itself, or by a forwarder that was started for the same container. */
        Optional<String> container(long pid, ControlGroup group) {
            Optional<Conmon> itself = all().stream().filter(c -> c.pid == pid).findFirst();
            return itself.or(() -> group.container()
                            .flatMap(id ->
                                    all().stream().filter(c -> c.id.equals(id)).findFirst()))
                    .or(() -> ofUnit(pid, group))
                    .map(Conmon::name);
        }

        private Optional<Conmon> ofUnit(long pid, ControlGroup group) {
            if (group.path().isEmpty() || !FORWARDERS.contains(program(pid))) {
                return Optional.empty();
            }
            List<Conmon> beside = all().stream()
                    .filter(c -> c.group.path().equals(group.path()))
                    .toList();
            return beside.size() == 1
                    ? Optional.of(beside.getFirst())
                    : Optional.empty(); // of more, which it is for is not known
        }

        private List<Conmon> all() {
            if (all == null) {
                all = new ArrayList<>();
                for (long pid : pids) {
                    if (program(pid).equals(CONMON)) {
                        List<String> arguments =
                                Arrays.asList(read(pid, "cmdline").split("\0"));
                        String name = after("-n", arguments);
                        if (!name.isEmpty()) {
                            all.add(new Conmon(pid, after("-c", arguments), name, group(pid)));
                        }
                    }
                }
            }
            return all;
        }
    }

    /** Programs that take what comes for a rootless container, as the kernel cuts their names. */
    private static final Set<String> FORWARDERS = Set.of(
            "rootlessport", "rootlessport-c", "exe", "pasta", "pasta.avx2", "passt", "passt.avx2", "slirp4netns");

    private static String after(String option, List<String> arguments) {
        int at = arguments.indexOf(option);
        return at >= 0 && at + 1 < arguments.size() ? arguments.get(at + 1) : "";
    }

    /**
     * A process inside a container that runs, by the container's name.
     *
     * @param uid of the user whose container it is
     */
    public Optional<Long> inside(String container, int uid) {
        List<Long> pids = pids();
        Optional<Conmon> conmon = new Conmons(pids)
                .all().stream()
                        .filter(c -> c.name.equals(container) && uid(c.pid) == uid)
                        .findFirst();
        return conmon.flatMap(
                c -> pids.stream().filter(pid -> parent(pid) == c.pid).findFirst());
    }

    /** Ids of all containers that run, whosever they are. */
    public Set<String> runningContainers() {
        Set<String> ids = new HashSet<>();
        new Conmons(pids()).all().forEach(conmon -> ids.add(conmon.id));
        return ids;
    }

    private long parent(long pid) {
        String digits = field(pid, "PPid:");
        return digits.isEmpty() ? 0 : Long.parseLong(digits);
    }

    private int uid(long pid) {
        String digits = field(pid, "Uid:").split("\\s+")[0];
        return digits.isEmpty() ? -1 : Integer.parseUnsignedInt(digits);
    }

    private String field(long pid, String name) {
        return read(pid, "status")
                .lines()
                .filter(line -> line.startsWith(name))
                .map(line -> line.substring(name.length()).strip())
                .findFirst()
                .orElse("");
    }
}
