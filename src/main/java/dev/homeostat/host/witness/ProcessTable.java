package dev.homeostat.host.witness;

import dev.homeostat.host.posix.Account;
import dev.homeostat.host.posix.Accounts;
import dev.homeostat.host.posix.ProcFile;
import dev.homeostat.resource.Rival;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The processes of the machine, by proc(5). A process may end at any moment: what is not there any more is empty, never an
 * error. Thread-safe.
 */
@ApplicationScoped
public class ProcessTable {
    /** Of a command line: what names a unit or a container is near its beginning. */
    private static final int TEXT_LIMIT_BYTES = 16 * 1024;
    /** From a program up to the shell of whoever typed it there are fewer; a bound all the same. */
    private static final int ANCESTORS_LIMIT = 12;
    /** loginuid(5) of a process that nobody's login is behind. */
    private static final String NO_LOGIN = "4294967295";
    /** Programs that let somebody act as root. */
    private static final Set<String> ELEVATORS = Set.of("sudo", "doas", "su", "pkexec", "run0");

    private final Path proc;
    private final long self;
    private final Accounts accounts;

    @Inject
    public ProcessTable(Accounts accounts) {
        this(Path.of("/proc"), ProcessHandle.current().pid(), accounts);
    }

    /** @param self the daemon's process id: it and what it started is never named */
    ProcessTable(Path proc, long self, Accounts accounts) {
        this.proc = proc;
        this.self = self;
        this.accounts = accounts;
    }

    /** Process ids, the youngest first: whoever did what was just seen has most likely just been started. */
    public List<Long> newestFirst() {
        List<Long> pids = new ArrayList<>();
        try (DirectoryStream<Path> all = Files.newDirectoryStream(proc)) {
            for (Path one : all) {
                String name = one.getFileName().toString();
                if (isNumber(name)) {
                    pids.add(Long.valueOf(name));
                }
            }
        } catch (IOException e) {
            return List.of(); // no proc file system: then nobody is seen
        }
        long last = lastPid();
        // the numbers begin anew when they are used up
        pids.sort(Comparator.<Long, Boolean>comparing(pid -> pid > last).thenComparing(Comparator.reverseOrder()));
        return pids;
    }

    /** The last field of proc_loadavg(5). */
    private long lastPid() {
        String text = read(proc.resolve("loadavg")).strip();
        String last = text.substring(text.lastIndexOf(' ') + 1);
        return isNumber(last) ? Long.parseLong(last) : Long.MAX_VALUE;
    }

    public Optional<ProcessFacts> of(long pid) {
        Path folder = proc.resolve(Long.toString(pid));
        String status = read(folder.resolve("status"));
        String[] uids = field(status, "Uid:").split("\\s+");
        String parent = field(status, "PPid:");
        if (uids.length < 2 || !isNumber(parent)) {
            return Optional.empty();
        }
        String login = read(folder.resolve("loginuid")).strip();
        return Optional.of(new ProcessFacts(
                pid,
                Long.parseLong(parent),
                Integer.parseUnsignedInt(uids[0]),
                Integer.parseUnsignedInt(uids[1]),
                isNumber(login) && !login.equals(NO_LOGIN)
                        ? Optional.of(Integer.parseUnsignedInt(login))
                        : Optional.empty(),
                field(status, "Name:"),
                arguments(pid)));
    }

    /** The command line alone, which tells soonest whether a process is of interest. */
    public List<String> arguments(long pid) {
        String text = read(proc.resolve(Long.toString(pid)).resolve("cmdline"));
        return text.isEmpty() ? List.of() : Arrays.asList(text.split("\0"));
    }

    /** Whether a unit of systemd started it: it then is in the unit's control group. */
    public boolean isOfUnit(long pid, String unit) {
        return read(proc.resolve(Long.toString(pid)).resolve("cgroup"))
                .lines()
                .anyMatch(line -> line.endsWith("/" + unit) || line.contains("/" + unit + "/"));
    }

    /** Whether it is the daemon itself, or started by it. */
    public boolean isOurs(ProcessFacts process) {
        if (process.pid() == self) {
            return true;
        }
        return ancestors(process).stream().anyMatch(a -> a.pid() == self);
    }

    /** The nearest first. */
    private List<ProcessFacts> ancestors(ProcessFacts process) {
        List<ProcessFacts> all = new ArrayList<>();
        long pid = process.parent();
        while (pid > 1 && all.size() < ANCESTORS_LIMIT) {
            if (pid == self) {
                all.add(new ProcessFacts(self, 0, 0, 0, Optional.empty(), "", List.of()));
                return all;
            }
            Optional<ProcessFacts> parent = of(pid);
            if (parent.isEmpty()) {
                break;
            }
            all.add(parent.get());
            pid = parent.get().parent();
        }
        return all;
    }

    /** Names a process and the user behind it: of what runs as root, whoever became root for it. */
    public Rival rival(ProcessFacts process, String deed, Instant at) {
        int uid = process.uid();
        String program = process.name();
        if (uid == 0) {
            List<ProcessFacts> ancestors = ancestors(process);
            Optional<String> elevator = ancestors.stream()
                    .map(ProcessFacts::name)
                    .filter(ELEVATORS::contains)
                    .findFirst();
            uid = process.loginUid()
                    .or(() -> elevator.flatMap(e -> ancestors.stream()
                            .map(ProcessFacts::uid)
                            .filter(u -> u != 0)
                            .findFirst()))
                    .orElse(0);
            if (elevator.isPresent()) {
                program = elevator.get() + " " + program;
            } else if (uid != 0) {
                program += " as root";
            }
        }
        return new Rival(
                Optional.of(uid), name(uid), Optional.of(process.pid()), printable(program), deed, Optional.of(at));
    }

    /** Nobody was seen, but only this user can have done it, or it bears his mark. */
    public Rival presumed(int uid, String deed, Instant at) {
        return new Rival(Optional.of(uid), name(uid), Optional.empty(), "", deed, Optional.of(at));
    }

    private String name(int uid) {
        return accounts.user(uid).map(Account::name).orElse("");
    }

    /** Any process may call itself anything. */
    private static String printable(String text) {
        return text.codePoints()
                .map(c -> Character.isISOControl(c) ? '?' : c)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }

    private static String field(String status, String name) {
        return status.lines()
                .filter(line -> line.startsWith(name))
                .map(line -> line.substring(name.length()).strip())
                .findFirst()
                .orElse("");
    }

    private static boolean isNumber(String text) {
        return !text.isEmpty() && text.length() <= 18 && text.chars().allMatch(c -> c >= '0' && c <= '9');
    }

    private static String read(Path file) {
        return ProcFile.read(file.toString(), TEXT_LIMIT_BYTES).orElse(""); // empty: it has ended
    }
}
