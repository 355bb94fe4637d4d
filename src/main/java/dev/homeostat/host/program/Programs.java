package dev.homeostat.host.program;

import dev.homeostat.host.Locations;
import dev.homeostat.host.posix.Account;
import dev.homeostat.host.posix.Accounts;
import dev.homeostat.host.process.Cancellation;
import dev.homeostat.host.process.Command;
import dev.homeostat.host.process.LineReader;
import dev.homeostat.host.process.Processes;
import dev.homeostat.host.systemd.Systemd;
import dev.homeostat.host.systemd.UnitName;
import dev.homeostat.resource.Durations;
import dev.homeostat.resource.Scope;
import dev.homeostat.resource.Trouble;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * Runs programs for users. The system's daemon gives each to systemd, as a service of its own with that user's rights: it
 * has no right to become somebody else, and its own confinement would be the program's too. What the program started ends
 * with it, by its control group. A user's daemon runs them as its children. Thread-safe; calls wait.
 */
@ApplicationScoped
public class Programs {
    private static final String UNIT_PREFIX = "homeostat-tool-";
    /** Between asking a program to end and killing it. */
    private static final Duration GRACE = Duration.ofSeconds(5);
    /** systemd starts and reports in milliseconds; a busy machine gets its chance. */
    private static final Duration SERVICE_MARGIN = Duration.ofSeconds(30);
    /** Of one line of output; longer ones are progress bars. */
    private static final int LINE_LIMIT_BYTES = 4096;
    /** What is kept of what a program wrote, for its error message. */
    private static final int LAST_LINES = 8;
    /** Of that message: it is read by people. */
    private static final int WORDS_LIMIT_CHARS = 600;

    private final Locations locations;
    private final Accounts accounts;
    private final Processes processes;
    private final Systemd systemd;

    public Programs(Locations locations, Accounts accounts, Processes processes, Systemd systemd) {
        this.locations = locations;
        this.accounts = accounts;
        this.processes = processes;
        this.systemd = systemd;
    }

    /**
     * What became of a program that wrote more than is kept.
     *
     * @param words the last lines that it wrote, one line
     */
    public record End(int exitCode, String words) {
        public boolean isGood() {
            return exitCode == 0;
        }
    }

    /** @throws Trouble invalid if there is no such user */
    public Owner owner(Scope scope) throws Trouble {
        String name =
                !scope.isOwn() ? scope.user() : locations.unprivileged() ? System.getProperty("user.name") : "root";
        Account account = accounts.require(name);
        return new Owner(scope, account);
    }

    /** Where the owner would find the program; empty if it is not installed. */
    public Optional<Path> find(Owner owner, String program) {
        if (program.startsWith("/")) {
            return Optional.of(Path.of(program)).filter(Files::isExecutable);
        }
        return owner.searchPath().stream()
                .map(folder -> folder.resolve(program))
                .filter(Files::isExecutable)
                .findFirst();
    }

    /**
     * Runs it to its end and returns what it wrote.
     *
     * @throws Trouble transient, if it could not be started or took longer; invalid if it is not installed
     */
    public Processes.Result run(Owner owner, Job job) throws Trouble {
        long start = System.nanoTime();
        Processes.Result result = direct()
                ? processes.run(direct(owner, job), environment(owner, job), job.limit())
                : processes.run(service(owner, job), Map.of(), job.limit().plus(SERVICE_MARGIN));
        check(job, result.exitCode(), start);
        return result;
    }

    /**
     * Runs it to its end and tells each line that it writes, for progress.
     *
     * @throws Trouble transient, if it could not be started or took longer; invalid if it is not installed
     */
    public End run(Owner owner, Job job, Consumer<String> lines) throws Trouble {
        return run(owner, job, lines, new Cancellation());
    }

    /**
     * The same, for a program that may be given up: it finds its output closed, and is ended by the next one of its unit.
     *
     * @throws Trouble also if it was given up
     */
    public End run(Owner owner, Job job, Consumer<String> lines, Cancellation cancellation) throws Trouble {
        Deque<String> last = new ArrayDeque<>();
        Consumer<String> each = line -> {
            String text = plain(line);
            if (!text.isEmpty()) {
                synchronized (last) {
                    last.addLast(text);
                    if (last.size() > LAST_LINES) {
                        last.removeFirst();
                    }
                }
                lines.accept(text);
            }
        };
        Command command = direct()
                ? new Command(direct(owner, job), environment(owner, job), job.limit(), GRACE)
                : new Command(service(owner, job), Map.of(), job.limit().plus(SERVICE_MARGIN), Duration.ZERO);
        long start = System.nanoTime();
        int exitCode = processes.run(
                command,
                in -> new LineReader(LINE_LIMIT_BYTES, each).read(new Lines(in)),
                in -> new LineReader(LINE_LIMIT_BYTES, each).read(new Lines(in)),
                cancellation);
        String words;
        synchronized (last) {
            words = String.join("; ", last);
        }
        check(job, exitCode, start);
        return new End(exitCode, shortened(words));
    }

    /** The same, where any other end than a good one is trouble. */
    public void must(Owner owner, Job job, String what, Consumer<String> lines) throws Trouble {
        End end = run(owner, job, lines);
        if (!end.isGood()) {
            throw failed(what, end);
        }
    }

    public static Trouble failed(String what, End end) {
        return Trouble.passing(
                what + " failed with status " + end.exitCode() + (end.words().isEmpty() ? "" : ": " + end.words()));
    }

    /** One line of what a program said, for a message. */
    public static String words(String text) {
        return shortened(text.lines()
                .map(Programs::plain)
                .filter(line -> !line.isEmpty())
                .collect(Collectors.joining("; ")));
    }

    private static String shortened(String text) {
        return text.length() <= WORDS_LIMIT_CHARS ? text : "..." + text.substring(text.length() - WORDS_LIMIT_CHARS);
    }

    /** Progress that is written over itself is told as lines: what ends one is a carriage return. */
    private static final class Lines extends FilterInputStream {
        Lines(InputStream in) {
            super(in);
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            int count = super.read(bytes, offset, length);
            for (int i = offset; i < offset + count; i++) {
                if (bytes[i] == '\r') {
                    bytes[i] = '\n';
                }
            }
            return count;
        }
    }

    /** Without colours and other control characters. */
    private static String plain(String line) {
        return line.replaceAll("\u001b\\[[0-9;?]*[A-Za-z]", "")
                .replaceAll("\\p{Cntrl}", " ")
                .strip();
    }

    private void check(Job job, int exitCode, long startNanos) throws Trouble {
        String program = job.arguments().getFirst();
        if (exitCode == 0) {
            return;
        }
        if (System.nanoTime() - startNanos >= job.limit().toNanos()) {
            throw Trouble.passing(program + " took longer than " + Durations.format(job.limit()) + " and was ended");
        }
    }

    private boolean direct() {
        return locations.unprivileged();
    }

    private List<String> direct(Owner owner, Job job) throws Trouble {
        List<String> command = new ArrayList<>(List.of("env", "--chdir=" + job.folder(), "--"));
        command.addAll(absolute(owner, job));
        return command;
    }

    private List<String> service(Owner owner, Job job) throws Trouble {
        String unit = UNIT_PREFIX + (job.unit().isEmpty() ? UUID.randomUUID() : job.unit());
        if (!job.unit()
                .isEmpty()) { // an earlier daemon may have been killed over it: it is done anew, never twice at once
            systemd.of(Scope.OWN).forget(new UnitName(unit + ".service"), GRACE.plus(SERVICE_MARGIN));
        }
        List<String> command = new ArrayList<>(List.of(
                "systemd-run",
                "--quiet",
                "--collect",
                "--wait",
                "--pipe",
                "--expand-environment=no",
                "--service-type=exec",
                "--unit=" + unit,
                "--description=Homeostat: "
                        + Path.of(job.arguments().getFirst()).getFileName() + " for "
                        + owner.account().name(),
                "--uid=" + owner.account().name(),
                "--working-directory=" + job.folder(),
                "--property=RuntimeMaxSec=" + Math.max(1, job.limit().toSeconds()),
                "--property=TimeoutStopSec=" + GRACE.toSeconds()));
        environment(owner, job).forEach((name, value) -> command.add("--setenv=" + name + "=" + value));
        command.add("--");
        command.addAll(absolute(owner, job));
        return command;
    }

    private List<String> absolute(Owner owner, Job job) throws Trouble {
        String program = job.arguments().getFirst();
        List<String> arguments = new ArrayList<>(job.arguments());
        arguments.set(
                0,
                find(owner, program)
                        .orElseThrow(() -> Trouble.invalid(
                                program + " is not installed for "
                                        + owner.account().name(),
                                "install it"))
                        .toString());
        return arguments;
    }

    private static Map<String, String> environment(Owner owner, Job job) {
        Map<String, String> environment = new TreeMap<>();
        environment.put("HOME", owner.home().toString());
        environment.put("USER", owner.account().name());
        environment.put("LOGNAME", owner.account().name());
        environment.put("LANG", "C.UTF-8");
        environment.put("PATH", owner.searchPath().stream().map(Path::toString).collect(Collectors.joining(":")));
        Path runtime =
                Path.of("/run/user").resolve(Integer.toString(owner.account().uid()));
        if (Files.isDirectory(runtime)) {
            environment.put("XDG_RUNTIME_DIR", runtime.toString());
            environment.put("DBUS_SESSION_BUS_ADDRESS", "unix:path=" + runtime.resolve("bus"));
        }
        environment.putAll(job.environment());
        return environment;
    }
}
