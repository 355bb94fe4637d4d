package dev.homeostat.host.nix;

import dev.homeostat.host.posix.Account;
import dev.homeostat.host.posix.FileFacts;
import dev.homeostat.host.posix.SafeFiles;
import dev.homeostat.host.systemd.ServiceManager;
import dev.homeostat.host.systemd.ServiceRun;
import dev.homeostat.host.systemd.Systemd;
import dev.homeostat.host.systemd.TransientService;
import dev.homeostat.host.systemd.UnitName;
import dev.homeostat.host.witness.ProcessFacts;
import dev.homeostat.host.witness.ProcessTable;
import dev.homeostat.resource.Scope;
import dev.homeostat.resource.Trouble;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Activates generations: the system's by its switch-to-configuration, a home by its activate. Each runs in a service of
 * systemd's of its own, so that it goes on when this process is restarted by it or killed, and tells any later daemon what it
 * was, whether it runs, and how it ended. Thread-safe; calls wait.
 */
@ApplicationScoped
public class Activation {
    /** What switch-to-configuration is told to do. */
    public enum Operation {
        /** Now and at every boot. */
        SWITCH,
        /** At every boot. */
        BOOT,
        /** Now. */
        TEST;

        /** As the program takes it. */
        String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private static final String DRY = "dry-activate";
    private static final String HOME = "home";
    private static final UnitName SWITCH_UNIT = new UnitName("homeostat-switch.service");
    private static final UnitName DRY_UNIT = new UnitName("homeostat-dry-activate.service");
    /** Not in the journal: asking that takes longer than the program itself. */
    private static final String DRY_OUTPUT = "homeostat-dry-activate";
    /** A name for each unit of a big machine, many times over. */
    private static final long DRY_OUTPUT_LIMIT_BYTES = 1 << 20;
    /** Where nixos-rebuild runs it. */
    private static final UnitName REBUILD_UNIT = new UnitName("nixos-rebuild-switch-to-configuration.service");

    private static final String OPERATION_VARIABLE = "HOMEOSTAT_OPERATION";
    private static final String GENERATION_VARIABLE = "HOMEOSTAT_GENERATION";
    /** systemd's own paths hold neither Nix nor what a home's activation may call. */
    private static final String PATH =
            "/run/wrappers/bin:/run/current-system/sw/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    /** A program is started in milliseconds; a machine that is busy switching gets its chance. */
    private static final Duration START_LIMIT = Duration.ofSeconds(30);
    /** Between asking a switch to end and killing it. */
    private static final Duration GRACE = Duration.ofSeconds(10);
    /** If no event tells that a run has ended. */
    private static final Duration LOOK_AT_LEAST_EVERY = Duration.ofSeconds(5);

    /** For nix-env, which waits for whoever else holds the lock of a profile. */
    private static final Duration PROFILE_LIMIT = Duration.ofSeconds(60);
    /** It is there on every system, and finds what the user's own PATH holds. */
    private static final String ENV = "/usr/bin/env";

    /** More than a switch of a big machine writes; lines are cut by the journal at 48 KiB. */
    private static final int LINES_LIMIT = 2000;

    /** As the journal cuts them. */
    private static final int LINE_LIMIT_CHARS = 48 * 1024;

    private static final int SIGTERM = 15;
    private static final int SIGKILL = 9;

    // of proc_locks(5): FLOCK ADVISORY WRITE 1234 00:1a:567 0 EOF
    private static final Pattern LOCK =
            Pattern.compile("\\d+: FLOCK +ADVISORY +WRITE +(\\d{1,10}) ([0-9a-f]{1,8}):([0-9a-f]{1,8}):(\\d{1,19}) .*");

    private final Systemd systemd;
    private final SafeFiles files;
    private final ProcessTable processes;
    private final Path run;

    @Inject
    public Activation(Systemd systemd, SafeFiles files, ProcessTable processes) {
        this(Path.of("/run"), systemd, files, processes);
    }

    /** @param run where switch-to-configuration has its lock, and users their sockets */
    public Activation(Path run, Systemd systemd, SafeFiles files, ProcessTable processes) {
        this.run = run;
        this.systemd = systemd;
        this.files = files;
        this.processes = processes;
    }

    // ---- the system

    /**
     * Begins an activation and returns when its program runs. What an earlier one left to be read is forgotten.
     *
     * @param limit after which it is ended
     * @param environment for the program, such as NIXOS_INSTALL_BOOTLOADER; everybody can read it
     * @throws Trouble conflict if one of ours runs; invalid if the generation has no such program
     */
    public ActivationRun begin(
            Operation operation, StorePath generation, Duration limit, Map<String, String> environment) throws Trouble {
        return start(service(SWITCH_UNIT, operation.word(), generation, environment, limit));
    }

    private TransientService service(
            UnitName unit, String operation, StorePath generation, Map<String, String> environment, Duration limit)
            throws Trouble {
        Path program = generation.path().resolve("bin").resolve("switch-to-configuration");
        requireProgram(program);
        return new TransientService(
                unit,
                "Homeostat: " + operation + " " + generation,
                List.of(program.toString(), operation),
                recorded(environment, operation, generation),
                Optional.empty(),
                "/",
                limit,
                GRACE);
    }

    /** The last activation of the system that was ordered from here, running or ended; empty if none is remembered. */
    public Optional<ActivationRun> last() throws Trouble {
        return look(SWITCH_UNIT);
    }

    /** Tells when the last activation of the system may have begun or ended, until closed. Must return at once. */
    public AutoCloseable watch(Runnable changed) throws Trouble {
        return system().watch(List.of(SWITCH_UNIT), changed);
    }

    /** Ends the activation of the system, if one of ours runs; what it has done so far stays done. */
    public void cancel() throws Trouble {
        cancel(SWITCH_UNIT);
    }

    /** Forgets the last activation of the system, and ends it if it runs. */
    public void forget() throws Trouble {
        system().forget(SWITCH_UNIT, GRACE.plus(START_LIMIT));
    }

    /**
     * What an activation would do to units. Changes nothing.
     *
     * @throws Trouble transient, with the end of what it said, if it failed
     */
    public DryActivation dryActivate(StorePath generation, Duration limit) throws Trouble {
        Path said = run.resolve(DRY_OUTPUT);
        ActivationRun begun =
                launch(service(DRY_UNIT, DRY, generation, Map.of(), limit).writingTo(said));
        ActivationRun ended = await(begun, limit.plus(GRACE));
        system().forget(DRY_UNIT, START_LIMIT);
        List<String> lines = new String(files.read(said, DRY_OUTPUT_LIMIT_BYTES), StandardCharsets.UTF_8)
                .lines()
                .map(line -> Words.clean(line, LINE_LIMIT_CHARS))
                .toList();
        files.remove(said);
        if (!ended.hasSucceeded()) {
            throw Trouble.passing("what activating " + generation + " would do cannot be told: " + ended.how()
                    + (lines.isEmpty() ? "" : "; it said " + Words.line(lines.getLast(), LINES_LIMIT)));
        }
        return DryActivation.of(lines);
    }

    /** Who else is switching now: nixos-rebuild, or whoever holds the lock that all of them take. */
    public List<OtherSwitch> others() throws Trouble {
        List<OtherSwitch> found = new ArrayList<>();
        system().lastRun(REBUILD_UNIT)
                .filter(r -> r.state() == ServiceRun.State.RUNNING)
                .ifPresent(r -> found.add(new OtherSwitch("nixos-rebuild (" + REBUILD_UNIT + ")", r.began())));
        OptionalLong holder = lockHolder();
        if (holder.isPresent() && found.isEmpty() && !isOurs(holder.getAsLong())) {
            found.add(describe(holder.getAsLong()));
        }
        return found;
    }

    private boolean isOurs(long pid) {
        return processes.isOfUnit(pid, SWITCH_UNIT.text()) || processes.isOfUnit(pid, DRY_UNIT.text());
    }

    private OtherSwitch describe(long pid) {
        String command = processes
                .of(pid)
                .map(ProcessFacts::arguments)
                .map(arguments -> Words.line(String.join(" ", arguments), LINES_LIMIT))
                .filter(text -> !text.isEmpty())
                .orElse("a process");
        Instant since = ProcessHandle.of(pid)
                .flatMap(process -> process.info().startInstant())
                .orElse(Instant.EPOCH);
        return new OtherSwitch(command + " (process " + pid + ")", since);
    }

    /** Asked of the kernel: trying the lock would make a switch fail that begins just now. */
    private OptionalLong lockHolder() throws Trouble {
        Optional<FileFacts> lock = files.look(run.resolve("nixos").resolve("switch-to-configuration.lock"));
        if (lock.isEmpty()) {
            return OptionalLong.empty();
        }
        try {
            return holder(Files.readString(Path.of("/proc/locks"), StandardCharsets.US_ASCII), lock.get());
        } catch (IOException e) {
            throw Trouble.passing("who holds the lock of switches cannot be told: " + e.getMessage(), e);
        }
    }

    /** @param locks content of /proc/locks */
    static OptionalLong holder(String locks, FileFacts file) {
        for (String line : locks.lines().toList()) {
            Matcher lock = LOCK.matcher(line);
            if (lock.matches()
                    && Long.parseLong(lock.group(2), 16) == file.device() >>> 32
                    && Long.parseLong(lock.group(3), 16) == (file.device() & 0xffff_ffffL)
                    && lock.group(4).equals(Long.toUnsignedString(file.inode()))) {
                return OptionalLong.of(Long.parseLong(lock.group(1)));
            }
        }
        return OptionalLong.empty();
    }

    // ---- homes

    /**
     * Begins the activation of a home, with the rights of its owner, and returns when its program runs.
     *
     * @param environment besides HOME, USER, PATH and where the user's own services are; everybody can read it
     * @throws Trouble conflict if one of this user runs; invalid if the generation has no such program
     */
    public ActivationRun beginHome(Account user, StorePath generation, Duration limit, Map<String, String> environment)
            throws Trouble {
        Path program = generation.path().resolve("activate");
        requireProgram(program);
        Map<String, String> all = environment(user);
        all.putAll(environment);
        return start(new TransientService(
                home(user),
                "Homeostat: home of " + user.name() + " " + generation,
                movesProfile(generation)
                        ? List.of(program.toString())
                        : List.of(program.toString(), "--driver-version", "1"),
                recorded(all, HOME, generation),
                Optional.of(user.name()),
                user.home().toString(),
                limit,
                GRACE));
    }

    /**
     * Whether activating this generation of a home moves the profile too, as all did until 2025. Of the others the profile
     * has to be moved before.
     */
    public boolean movesProfile(StorePath generation) throws Trouble {
        return files.look(generation.path().resolve("gen-version")).isEmpty();
    }

    private Map<String, String> environment(Account user) throws Trouble {
        Map<String, String> all = new TreeMap<>();
        all.put("HOME", user.home().toString());
        all.put("USER", user.name());
        all.put("LOGNAME", user.name());
        all.put("PATH", "/etc/profiles/per-user/" + user.name() + "/bin:" + PATH);
        Path own = run.resolve("user").resolve(Integer.toString(user.uid()));
        if (files.look(own).isPresent()) { // logged in, or lingering
            all.put("XDG_RUNTIME_DIR", own.toString());
            all.put("DBUS_SESSION_BUS_ADDRESS", "unix:path=" + own.resolve("bus"));
        }
        return all;
    }

    /** The last activation of this user's home that was ordered from here; empty if none is remembered. */
    public Optional<ActivationRun> lastHome(Account user) throws Trouble {
        return look(home(user));
    }

    public void cancelHome(Account user) throws Trouble {
        cancel(home(user));
    }

    public void forgetHome(Account user) throws Trouble {
        system().forget(home(user), GRACE.plus(START_LIMIT));
    }

    private static UnitName home(Account user) {
        return new UnitName("homeostat-home-" + Integer.toUnsignedString(user.uid()) + ".service");
    }

    /** Tells when the last activation of these users' homes may have begun or ended, until closed. Must return at once. */
    public AutoCloseable watchHomes(Collection<Account> users, Runnable changed) throws Trouble {
        return system().watch(users.stream().map(Activation::home).toList(), changed);
    }

    /**
     * Changes a user's profiles with the rights of that user: what is in a home is not for root to write to. Each change
     * runs in a service of its own and is awaited.
     */
    Profile.Changer changer(Account user) {
        UnitName unit = new UnitName("homeostat-profile-" + Integer.toUnsignedString(user.uid()) + ".service");
        return (profile, arguments) -> {
            ServiceManager manager = system();
            Optional<ServiceRun> before = manager.lastRun(unit);
            if (before.isPresent()) { // of a daemon that did not live to see its end
                awaitEnd(unit, before.get().invocation(), "the change of a profile", PROFILE_LIMIT.plus(GRACE));
                manager.forget(unit, START_LIMIT);
            }
            List<String> all = new ArrayList<>(List.of(ENV, "nix-env", "--profile", profile.toString()));
            all.addAll(arguments);
            manager.startTransient(
                    new TransientService(
                            unit,
                            "Homeostat: profile " + profile,
                            all,
                            environment(user),
                            Optional.of(user.name()),
                            user.home().toString(),
                            PROFILE_LIMIT,
                            GRACE),
                    START_LIMIT);
            ServiceRun begun =
                    manager.lastRun(unit).orElseThrow(() -> Trouble.passing(unit + " was started and is not there"));
            ServiceRun ended = awaitEnd(unit, begun.invocation(), "the change of a profile", PROFILE_LIMIT.plus(GRACE))
                    .orElseThrow(() -> Trouble.passing("the change of " + profile + " does not end"));
            if (ended.state() != ServiceRun.State.SUCCEEDED) {
                List<String> said = manager.written(unit, ended.invocation(), ended.began(), LINES_LIMIT);
                throw Trouble.passing(profile + " could not be changed: " + ended.how()
                        + (said.isEmpty() ? "" : "; nix-env said: " + Words.line(said.getLast(), LINE_LIMIT_CHARS)));
            }
            manager.forget(unit, START_LIMIT);
        };
    }

    /** Where Home Manager may keep the profile of a user, the first choice first; whether it is there shows a look. */
    public static List<Path> homeProfiles(Account user, NixSettings settings) {
        return List.of(
                user.home().resolve(".local/state/nix/profiles/home-manager"),
                settings.state()
                        .resolve("profiles/per-user")
                        .resolve(user.name())
                        .resolve("home-manager"));
    }

    // ---- all of them

    /**
     * Waits until it has ended.
     *
     * @return the run as it ended
     * @throws Trouble transient if it runs still after the limit, or nothing is known of it any more
     */
    public ActivationRun await(ActivationRun begun, Duration limit) throws Trouble {
        return awaitEnd(begun, limit)
                .orElseThrow(() -> Trouble.passing("the " + begun.operation() + " of " + begun.generation()
                        + " has not ended after " + limit.toSeconds() + " s"));
    }

    /** Empty if it has not ended within the limit. */
    private Optional<ActivationRun> awaitEnd(ActivationRun begun, Duration limit) throws Trouble {
        UnitName unit = new UnitName(begun.unit());
        String what = "the " + begun.operation() + " of " + begun.generation();
        Optional<ServiceRun> ended = awaitEnd(unit, begun.invocation(), what, limit);
        return ended.isEmpty() ? Optional.empty() : Optional.of(read(unit, ended.get()));
    }

    /** The same for whatever runs in a service. */
    private Optional<ServiceRun> awaitEnd(UnitName unit, String invocation, String what, Duration limit)
            throws Trouble {
        Semaphore news = new Semaphore(0);
        long end = System.nanoTime() + limit.toNanos();
        try (AutoCloseable listening = system().watch(List.of(unit), news::release)) {
            while (true) {
                ServiceRun now = system().lastRun(unit)
                        .filter(r -> r.invocation().equals(invocation))
                        .orElseThrow(() -> Trouble.passing("nothing is known any more of how " + what + " ended"));
                if (now.state() != ServiceRun.State.RUNNING) {
                    return Optional.of(now);
                }
                long left = end - System.nanoTime();
                if (left <= 0) {
                    return Optional.empty();
                }
                if (news.tryAcquire(Math.min(left, LOOK_AT_LEAST_EVERY.toNanos()), TimeUnit.NANOSECONDS)) {
                    news.drainPermits();
                }
            }
        } catch (Trouble | RuntimeException e) {
            throw e;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw Trouble.passing("interrupted");
        } catch (Exception e) {
            throw new IllegalStateException("closing what listens to " + unit, e);
        }
    }

    /**
     * What its programs wrote, oldest first; of very many lines the last ones. If the journal cannot be read, one line says
     * so: what is to be done about a failure must not wait for that.
     */
    public List<String> output(ActivationRun activation) throws Trouble {
        List<String> lines;
        ServiceManager manager = system();
        try {
            lines = manager.written(
                    new UnitName(activation.unit()), activation.invocation(), activation.began(), LINES_LIMIT);
        } catch (Trouble t) {
            lines = List.of("(what it said cannot be read: " + t.getMessage() + ")");
        }
        return lines.stream().map(line -> Words.clean(line, LINE_LIMIT_CHARS)).toList();
    }

    /** From here on the machine is being changed. */
    private ActivationRun start(TransientService service) throws Trouble {
        return launch(service);
    }

    private ActivationRun launch(TransientService service) throws Trouble {
        ServiceManager manager = system();
        Optional<ActivationRun> before = look(service.name());
        if (before.isPresent()) {
            if (before.get().isRunning()) {
                throw Trouble.conflict(
                        "a " + before.get().operation() + " of "
                                + before.get().generation() + " runs since "
                                + before.get().began(),
                        "wait until it has ended, or cancel it");
            }
            manager.forget(service.name(), START_LIMIT);
        }
        manager.startTransient(service, START_LIMIT);
        return look(service.name())
                .orElseThrow(() -> Trouble.passing(service.name() + " was started and is not there"));
    }

    private Optional<ActivationRun> look(UnitName unit) throws Trouble {
        Optional<ServiceRun> seen = system().lastRun(unit);
        return seen.isEmpty() ? Optional.empty() : Optional.of(read(unit, seen.get()));
    }

    private static ActivationRun read(UnitName unit, ServiceRun r) throws Trouble {
        String generation = r.environment().getOrDefault(GENERATION_VARIABLE, "");
        try {
            return new ActivationRun(
                    unit.text(),
                    r.invocation(),
                    r.environment().getOrDefault(OPERATION_VARIABLE, ""),
                    StorePath.parse(generation),
                    r.state(),
                    r.how(),
                    r.began(),
                    r.state() == ServiceRun.State.RUNNING ? Optional.empty() : Optional.of(r.ended()));
        } catch (IllegalArgumentException e) {
            throw Trouble.conflict(
                    "there is a " + unit + " that was not made by Homeostat: " + e.getMessage(),
                    "systemctl stop " + unit);
        }
    }

    private void cancel(UnitName unit) throws Trouble {
        ServiceManager manager = system();
        Optional<ActivationRun> running = look(unit).filter(ActivationRun::isRunning);
        if (running.isEmpty()) {
            return;
        }
        // not stopped: then systemd would forget it
        manager.kill(unit, SIGTERM);
        if (awaitEnd(running.get(), GRACE).isEmpty()) {
            manager.kill(unit, SIGKILL);
            await(running.get(), START_LIMIT);
        }
        manager.kill(unit, SIGKILL); // what it left behind
    }

    private static Map<String, String> recorded(Map<String, String> given, String operation, StorePath generation) {
        Map<String, String> environment = new TreeMap<>(given);
        environment.put(OPERATION_VARIABLE, operation);
        environment.put(GENERATION_VARIABLE, generation.toString());
        return environment;
    }

    private void requireProgram(Path program) throws Trouble {
        if (files.look(program).isEmpty()) {
            throw Trouble.invalid(
                    program + " is not there", "this is no generation that can be activated, or it was deleted");
        }
    }

    private ServiceManager system() throws Trouble {
        ServiceManager manager = systemd.of(Scope.OWN);
        if (manager.user().isPresent()) {
            throw Trouble.invalid("a user's daemon cannot activate generations", "let the system's daemon do it");
        }
        return manager;
    }
}
