package dev.homeostat.host.systemd;

import dev.homeostat.resource.Trouble;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.freedesktop.dbus.exceptions.DBusException;
import org.freedesktop.dbus.messages.DBusSignal;
import org.freedesktop.dbus.types.Variant;
import org.jboss.logging.Logger;

/**
 * One systemd: the system's or a user's. Connects when first needed and again after the connection was lost; every call
 * has a time limit. Thread-safe; calls wait, so they belong on virtual threads.
 */
public final class ServiceManager {
    /**
     * Where systemd can be reached.
     *
     * @param socket path
     * @param isBus whether a message bus is between us, or it is systemd's own socket
     */
    record Address(String socket, boolean isBus) {}

    /** Told that units may have changed, by the reader of the connection: has to return at once. */
    public interface Listener {
        /** @param cause what was noticed, for people */
        void changed(UnitName unit, String cause);

        /** Something was missed, or concerns all units. */
        void everything(String cause);

        /** Somebody else than us, or systemd itself, has just asked for something to be done to the unit. */
        default void disturbed(UnitName unit) {}

        /** The same, and it was to stop or restart the unit. Told a little later, and only if systemd can still say so. */
        default void stopRequested(UnitName unit) {}

        /** The main process of a service ended although we did not ask for it; in a sentence, how. */
        default void ended(UnitName unit, String how) {}
    }

    private static final Logger LOG = Logger.getLogger(ServiceManager.class);
    private static final String SYSTEMD = "org.freedesktop.systemd1";
    private static final String MANAGER_PATH = "/org/freedesktop/systemd1";
    private static final String MANAGER = SYSTEMD + ".Manager";
    private static final String PROPERTIES = "org.freedesktop.DBus.Properties";
    private static final String BUS = "org.freedesktop.DBus";
    private static final String NO_SUCH_UNIT = SYSTEMD + ".NoSuchUnit";

    /** Up to so many units are always looked at in full: an event is about one. */
    private static final int FEW = 3;

    private static final Set<String> MANAGER_SIGNALS =
            Set.of("JobNew", "JobRemoved", "UnitNew", "UnitRemoved", "UnitFilesChanged", "Reloading");

    private static final Duration CONNECT_LIMIT = Duration.ofSeconds(5);
    /** systemd answers in milliseconds, but not while it reads its files anew, which may take seconds on a big machine. */
    private static final Duration CALL_LIMIT = Duration.ofSeconds(20);
    /** The same, for reading all files anew itself. */
    private static final Duration RELOAD_LIMIT = Duration.ofSeconds(90);

    /** A few times what systemd takes to answer when it is idle. */
    private static final Duration FIRST_KNOCK = Duration.ofMillis(4);

    private static final Duration FIRST_PAUSE = Duration.ofMillis(50);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(10);

    private final String who;
    private final List<Address> addresses;
    private final String remedy;
    private final Optional<Integer> user;
    private final ReentrantLock connecting = new ReentrantLock();
    private final List<Watch> watches = new CopyOnWriteArrayList<>();
    private final Map<String, CompletableFuture<String>> jobs = new ConcurrentHashMap<>();
    /** Units that a job of ours is under way for, with how many. */
    private final Map<String, Integer> ours = new ConcurrentHashMap<>();

    private final AtomicLong lost = new AtomicLong();
    private volatile Bus connection;

    private final Object reloads = new Object();
    private boolean reloading;
    private CompletableFuture<Void> nextReload;

    /**
     * @param who for messages: {@code systemd}, {@code systemd of user app}
     * @param addresses tried in order
     * @param remedy what to do when none answers
     * @param user whose it is; empty if it is the system's
     */
    ServiceManager(String who, List<Address> addresses, String remedy, Optional<Integer> user) {
        this.who = who;
        this.addresses = List.copyOf(addresses);
        this.remedy = remedy;
        this.user = user;
    }

    /** User id of whose service manager it is; empty if it is the system's. */
    public Optional<Integer> user() {
        return user;
    }

    /** How often the connection was lost since the start. */
    public long connectionsLost() {
        return lost.get();
    }

    /**
     * Looks at units; one answer for each, also for those that are not there. A few are looked at in full. Of many, those
     * that are active as before are not asked again for what systemd would have told us had it changed.
     */
    public Map<UnitName, UnitState> look(Collection<UnitName> units) throws Trouble {
        Bus bus = bus();
        Map<UnitName, UnitState> unchanged = units.size() <= FEW ? Map.of() : unchanged(bus, units);
        Map<UnitName, CompletableFuture<Properties>> asked = new LinkedHashMap<>();
        for (UnitName unit : units) {
            if (!unchanged.containsKey(unit)) {
                asked.computeIfAbsent(
                        unit,
                        u -> bus.call(
                                SYSTEMD,
                                u.objectPath(),
                                PROPERTIES,
                                "GetAll",
                                values -> remember(u, bus, values),
                                "s",
                                SYSTEMD + ".Unit"));
            }
        }
        Map<UnitName, UnitState> seen = new LinkedHashMap<>(unchanged);
        Map<UnitName, List<CompletableFuture<Object>>> runs = new LinkedHashMap<>();
        for (var entry : asked.entrySet()) {
            UnitName unit = entry.getKey();
            UnitState state;
            try {
                state = Bus.await(entry.getValue(), CALL_LIMIT, who).state();
            } catch (Bus.CallFailed e) {
                state = notThere(unit, e.getMessage());
            }
            seen.put(unit, state);
            if (state.isThere() && !state.isActive()) {
                runs.put(unit, askRun(bus, unit));
            }
        }
        for (var run : runs.entrySet()) {
            UnitName unit = run.getKey();
            seen.put(unit, withRun(seen.get(unit), run.getValue()));
        }
        return seen;
    }

    public UnitState look(UnitName unit) throws Trouble {
        return look(List.of(unit)).get(unit);
    }

    /**
     * Starts a unit and waits until it is up.
     *
     * @throws Trouble invalid if there is no such unit; transient, with the reason, if it did not come up
     */
    public void start(UnitName unit, Duration limit) throws Trouble {
        job("start", "StartUnit", unit, limit);
    }

    public void stop(UnitName unit, Duration limit) throws Trouble {
        job("stop", "StopUnit", unit, limit);
    }

    public void restart(UnitName unit, Duration limit) throws Trouble {
        job("restart", "RestartUnit", unit, limit);
    }

    /** Lets the unit read its own configuration anew, or restarts it if it cannot. */
    public void reloadOrRestart(UnitName unit, Duration limit) throws Trouble {
        job("reload", "ReloadOrRestartUnit", unit, limit);
    }

    /** Forgets that a unit failed and how often it was started; fine if it is not loaded. */
    public void resetFailed(UnitName unit) throws Trouble {
        try {
            Bus.await(
                    bus().call(SYSTEMD, MANAGER_PATH, MANAGER, "ResetFailedUnit", v -> v, "s", unit.text()),
                    CALL_LIMIT,
                    who);
        } catch (Bus.CallFailed e) {
            if (!e.name().equals(NO_SUCH_UNIT)) {
                throw refused("reset " + unit, e);
            }
        }
    }

    /**
     * Makes a unit start at boot. Counts after {@link #reload}.
     *
     * @throws Trouble invalid if its file does not say what should start it
     */
    public void enable(UnitName unit) throws Trouble {
        boolean installable = manager(
                "enable " + unit,
                CALL_LIMIT,
                values -> (Boolean) values[0],
                "EnableUnitFiles",
                "asbb",
                (Object) new String[] {unit.text()},
                false,
                true);
        if (!installable) {
            throw Trouble.invalid(
                    unit + " cannot be enabled: its file has no [Install] section",
                    "leave out startup, or say with a drop-in what wants it: dropIns: {install: {Install: {WantedBy: ...}}}");
        }
    }

    /** Makes a unit not start at boot, also not until the next one. Counts after {@link #reload}. */
    public void disable(UnitName unit) throws Trouble {
        for (boolean runtime : new boolean[] {false, true}) {
            manager(
                    "disable " + unit,
                    CALL_LIMIT,
                    values -> null,
                    "DisableUnitFiles",
                    "asb",
                    (Object) new String[] {unit.text()},
                    runtime);
        }
    }

    /**
     * Makes it impossible to start a unit. Counts after {@link #reload}.
     *
     * @throws Trouble if a file of the machine's owner is in the way: it is never replaced
     */
    public void mask(UnitName unit) throws Trouble {
        manager(
                "mask " + unit,
                CALL_LIMIT,
                values -> null,
                "MaskUnitFiles",
                "asbb",
                (Object) new String[] {unit.text()},
                false,
                false);
    }

    /** Counts after {@link #reload}. */
    public void unmask(UnitName unit) throws Trouble {
        for (boolean runtime : new boolean[] {false, true}) {
            manager(
                    "unmask " + unit,
                    CALL_LIMIT,
                    values -> null,
                    "UnmaskUnitFiles",
                    "asb",
                    (Object) new String[] {unit.text()},
                    runtime);
        }
    }

    /** As systemd reads it from its files now: {@code enabled}, {@code static}, ...; empty if there is no file. */
    public String unitFileState(UnitName unit) throws Trouble {
        Bus bus = bus();
        try {
            return Bus.await(
                    bus.call(SYSTEMD, MANAGER_PATH, MANAGER, "GetUnitFileState", v -> (String) v[0], "s", unit.text()),
                    CALL_LIMIT,
                    who);
        } catch (Bus.CallFailed e) {
            return "";
        }
    }

    /**
     * Lets systemd read its files anew ({@code daemon-reload}), beginning after this call. Those who ask while one is under
     * way share the next.
     */
    public void reload() throws Trouble {
        CompletableFuture<Void> mine;
        synchronized (reloads) {
            if (nextReload == null) {
                nextReload = new CompletableFuture<>();
            }
            mine = nextReload;
            if (!reloading) {
                reloading = true;
                Thread.ofVirtual().name("daemon-reload").start(this::reloadWhileAsked);
            }
        }
        try {
            Bus.await(mine, RELOAD_LIMIT.multipliedBy(2), who);
        } catch (Bus.CallFailed e) {
            throw Trouble.passing(who + " could not read its files anew: " + e.getMessage());
        }
    }

    /** Tells changes of these units until closed; keeps the connection up meanwhile. */
    public AutoCloseable listen(Collection<UnitName> units, Listener listener) {
        Map<String, UnitName> paths = new LinkedHashMap<>();
        Map<String, UnitName> names = new LinkedHashMap<>();
        units.forEach(u -> {
            paths.put(u.objectPath(), u);
            names.put(u.text(), u);
        });
        Watch watch = new Watch(paths, names, listener);
        watches.add(watch);
        Bus bus = connection;
        if (bus == null || !bus.isOpen()) {
            Thread.ofVirtual().name("systemd-connect").start(() -> stayConnected("", FIRST_PAUSE));
        }
        return () -> watches.remove(watch);
    }

    /** Ends the connection, and with it what was listened for; the next call makes a new one. */
    void disconnect() {
        watches.clear(); // or it would be connected again for their sake
        Bus bus = connection;
        if (bus != null) {
            bus.close();
        }
    }

    // ---- what is known ----

    /** By object path: active units as they were, forgotten by the reader as soon as a signal says that they changed. */
    private final Map<String, UnitState> known = new ConcurrentHashMap<>();

    /** Called by the reader, so that a signal that comes after the answer is also handled after it. */
    private Properties remember(UnitName unit, Bus from, Object[] values) {
        Properties properties = Properties.of(values);
        UnitState state = properties.state();
        if (from == connection && state.isActive() && state.id().equals(unit.text())) {
            known.put(unit.objectPath(), state);
        } else {
            known.remove(unit.objectPath());
        }
        return properties;
    }

    private Map<UnitName, UnitState> unchanged(Bus bus, Collection<UnitName> units) throws Trouble {
        String[] names = units.stream()
                .filter(u -> known.containsKey(u.objectPath()))
                .map(UnitName::text)
                .toArray(String[]::new);
        if (names.length == 0) {
            return Map.of();
        }
        Map<UnitName, UnitState> unchanged = new LinkedHashMap<>();
        try {
            Object[] answer = Bus.await(
                    bus.call(SYSTEMD, MANAGER_PATH, MANAGER, "ListUnitsByNames", v -> v, "as", (Object) names),
                    CALL_LIMIT,
                    who);
            for (Object row : (Collection<?>) answer[0]) {
                Object[] fields = (Object[]) row;
                UnitState before = known.get(text(fields[6]));
                if (before != null
                        && before.id().equals(fields[0])
                        && before.load().equals(fields[2])
                        && before.active().equals(fields[3])
                        && before.sub().equals(fields[4])) {
                    unchanged.put(new UnitName(before.id()), before);
                }
            }
        } catch (Bus.CallFailed e) {
            LOG.debugf("units are looked at one by one: %s", e.getMessage());
            return Map.of();
        }
        return unchanged;
    }

    // ---- connection ----

    private Bus bus() throws Trouble {
        Bus bus = connection;
        if (bus != null && bus.isOpen()) {
            return bus;
        }
        connecting.lock();
        try {
            bus = connection;
            if (bus != null && bus.isOpen()) {
                return bus;
            }
            connection = connect();
            return connection;
        } finally {
            connecting.unlock();
        }
    }

    private Bus connect() throws Trouble {
        List<String> refusals = new ArrayList<>();
        for (Address address : addresses) {
            try {
                Bus bus = Bus.connect(address.socket, CONNECT_LIMIT, this::isWanted, this::signal, this::ended);
                subscribe(bus, address);
                return bus;
            } catch (IOException | Bus.CallFailed e) {
                refusals.add(address.socket + ": " + e.getMessage());
            }
        }
        throw new Trouble(
                Trouble.Sort.TRANSIENT, who + " cannot be reached (" + String.join("; ", refusals) + ")", remedy);
    }

    private void subscribe(Bus bus, Address address) throws Trouble, Bus.CallFailed, IOException {
        if (!address.isBus) {
            awaitFirstAnswer(bus);
        } else {
            Bus.await(bus.call(BUS, "/org/freedesktop/DBus", BUS, "Hello", v -> v, null), CALL_LIMIT, who);
            String rule = "type='signal',sender='" + SYSTEMD + "'";
            Bus.await(bus.call(BUS, "/org/freedesktop/DBus", BUS, "AddMatch", v -> v, "s", rule), CALL_LIMIT, who);
        }
        Bus.await(bus.call(SYSTEMD, MANAGER_PATH, MANAGER, "Subscribe", v -> v, null), CALL_LIMIT, who);
    }

    /**
     * On its own socket, systemd overlooks a first message that it read together with the end of the handshake, until more
     * arrives: so knock until it answers.
     */
    private static void awaitFirstAnswer(Bus bus) throws Trouble, IOException {
        CompletableFuture<Object> answered = new CompletableFuture<>();
        long deadline = System.nanoTime() + CONNECT_LIMIT.toNanos();
        Duration pause = FIRST_KNOCK;
        while (System.nanoTime() < deadline) {
            bus.call(SYSTEMD, MANAGER_PATH, "org.freedesktop.DBus.Peer", "Ping", v -> v, null)
                    .whenComplete((v, e) -> {
                        if (e == null) {
                            answered.complete(v);
                        } else {
                            answered.completeExceptionally(e);
                        }
                    });
            try {
                answered.get(pause.toNanos(), TimeUnit.NANOSECONDS);
                return;
            } catch (TimeoutException e) {
                pause = pause.multipliedBy(2);
            } catch (ExecutionException e) {
                throw new IOException(e.getCause().getMessage(), e.getCause());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw Trouble.passing("interrupted");
            }
        }
        bus.close();
        throw new IOException("no answer within " + CONNECT_LIMIT.toMillis() + " ms");
    }

    private void ended(String reason) {
        known.clear();
        jobs.values().forEach(job -> job.completeExceptionally(new IOException("the connection to " + who + " ended")));
        jobs.clear();
        if (!watches.isEmpty()) {
            lost.incrementAndGet();
            LOG.infof("lost the connection to %s (%s), connecting again", who, reason);
            Thread.ofVirtual()
                    .name("systemd-connect")
                    .start(() -> stayConnected("connected again to " + who, FIRST_PAUSE));
        }
    }

    /** @param news told when it worked; empty if nothing was missed */
    private void stayConnected(String news, Duration first) {
        Duration pause = first;
        while (!watches.isEmpty()) {
            try {
                bus();
                // also the first time: what happened before the connection stood was not heard
                String cause = news.isEmpty() ? "connected to " + who : news;
                LOG.debug(cause);
                watches.forEach(watch -> watch.listener.everything(cause));
                return;
            } catch (Trouble e) {
                LOG.debugf("%s; next attempt in %s", e.getMessage(), pause);
                try {
                    TimeUnit.NANOSECONDS.sleep(
                            ThreadLocalRandom.current().nextLong(pause.toNanos() / 2, pause.toNanos()));
                } catch (InterruptedException interrupted) {
                    Thread.currentThread().interrupt();
                    return;
                }
                Duration doubled = pause.multipliedBy(2);
                pause = doubled.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : doubled;
            }
        }
    }

    // ---- signals ----

    private record Watch(Map<String, UnitName> paths, Map<String, UnitName> names, Listener listener) {}

    private boolean isWanted(String path, String member) {
        if (path.equals(MANAGER_PATH)) {
            return MANAGER_SIGNALS.contains(member);
        }
        return member.equals("PropertiesChanged")
                && (known.containsKey(path) || watches.stream().anyMatch(watch -> watch.paths.containsKey(path)));
    }

    private void signal(DBusSignal signal) {
        try {
            switch (signal.getName()) {
                case "PropertiesChanged" -> {
                    known.remove(signal.getPath());
                    propertiesChanged(signal);
                }
                case "JobRemoved" -> {
                    Object[] values = signal.getParameters();
                    CompletableFuture<String> job = jobs.remove(text(values[1]));
                    if (job != null) {
                        job.complete(text(values[3]));
                    }
                }
                case "JobNew" -> jobNew(signal);
                case "UnitNew" -> unit(signal, "appeared");
                case "UnitRemoved" -> unit(signal, "was unloaded");
                case "UnitFilesChanged" -> everything("unit files were enabled or disabled");
                case "Reloading" -> {
                    if (!(Boolean) signal.getParameters()[0]) {
                        everything(who + " has read its files anew");
                    }
                }
                default -> {
                    // StartupFinished and what later versions add say nothing about the state of a unit
                }
            }
        } catch (DBusException e) {
            everything("a signal could not be read: " + e.getMessage());
        }
    }

    private void propertiesChanged(DBusSignal signal) throws DBusException {
        String cause = null;
        for (Watch watch : watches) {
            UnitName unit = watch.paths.get(signal.getPath());
            if (unit != null) {
                cause = cause == null ? cause(unit, signal.getParameters()) : cause;
                String how = ours.containsKey(unit.text()) ? "" : UnitEnd.of(signal.getParameters());
                if (!how.isEmpty()) {
                    watch.listener.ended(unit, how);
                }
                watch.listener.changed(unit, cause);
            }
        }
    }

    private void jobNew(DBusSignal signal) throws DBusException {
        Object[] values = signal.getParameters();
        String name = text(values[2]);
        for (Watch watch : watches) {
            UnitName unit = watch.names.get(name);
            if (unit != null && !ours.containsKey(name)) {
                watch.listener.disturbed(unit);
                askForStop(text(values[1]), unit, watch.listener);
            }
        }
    }

    private static final Set<String> STOPPING = Set.of("stop", "restart", "try-restart");

    /** Jobs that ours bring along, and those of systemd itself, are nobody's request. */
    private void askForStop(String job, UnitName unit, Listener listener) {
        Bus bus = connection;
        if (bus == null || !ours.isEmpty()) {
            return;
        }
        bus.call(SYSTEMD, job, PROPERTIES, "Get", values -> text(values[0]), "ss", SYSTEMD + ".Job", "JobType")
                .whenComplete((type, gone) -> {
                    if (type != null && STOPPING.contains(type)) { // else it is done already
                        listener.stopRequested(unit);
                    }
                });
    }

    private static String cause(UnitName unit, Object[] values) {
        Object state = values[1] instanceof Map<?, ?> changed ? changed.get("ActiveState") : null;
        return state == null ? unit + " changed" : unit + " is " + text(state);
    }

    private void unit(DBusSignal signal, String what) throws DBusException {
        known.remove(text(signal.getParameters()[1]));
        String name = text(signal.getParameters()[0]);
        for (Watch watch : watches) {
            UnitName unit = watch.names.get(name);
            if (unit != null) {
                watch.listener.changed(unit, unit + " " + what);
            }
        }
    }

    private void everything(String cause) {
        known.clear();
        watches.forEach(watch -> watch.listener.everything(cause));
    }

    // ---- calls ----

    private <T> T manager(
            String what,
            Duration limit,
            Function<Object[], T> onReply,
            String member,
            String signature,
            Object... arguments)
            throws Trouble {
        try {
            return Bus.await(
                    bus().call(SYSTEMD, MANAGER_PATH, MANAGER, member, onReply, signature, arguments),
                    limit,
                    who + ": " + what);
        } catch (Bus.CallFailed e) {
            throw refused(what, e);
        }
    }

    private static Trouble refused(String what, Bus.CallFailed e) {
        String message = "systemd refused to " + what + ": " + e.getMessage();
        return switch (e.name()) {
            case NO_SUCH_UNIT, "org.freedesktop.DBus.Error.FileNotFound" ->
                Trouble.invalid(message, "install what brings the unit, or declare its file under unit");
            case "org.freedesktop.DBus.Error.FileExists", SYSTEMD + ".UnitExists", "System.Error.EEXIST" ->
                Trouble.conflict(message, "remove that file if it is not needed");
            case SYSTEMD + ".BadUnitSetting",
                    SYSTEMD + ".LoadFailed",
                    "org.freedesktop.DBus.Error.InvalidArgs",
                    SYSTEMD + ".OnlyByDependency" -> Trouble.invalid(message, "correct the unit");
            default -> Trouble.passing(message + " (" + e.name() + ")");
        };
    }

    private void job(String verb, String member, UnitName unit, Duration limit) throws Trouble {
        String what = verb + " " + unit;
        ours.merge(unit.text(), 1, Integer::sum);
        try {
            awaitJob(verb, member, unit, limit, what);
        } finally {
            ours.computeIfPresent(unit.text(), (u, n) -> n == 1 ? null : n - 1);
        }
    }

    private void awaitJob(String verb, String member, UnitName unit, Duration limit, String what) throws Trouble {
        // The reply and the job's end may arrive together: the reader notes the job before it reads on.
        CompletableFuture<String> end = manager(
                what,
                CALL_LIMIT,
                values -> jobs.computeIfAbsent(text(values[0]), path -> new CompletableFuture<>()),
                member,
                "ss",
                unit.text(),
                "replace");
        try {
            String result = end.get(limit.toMillis(), TimeUnit.MILLISECONDS);
            if (!result.equals("done")) {
                throw Trouble.passing(verb + " of " + unit + " failed: " + why(unit, result));
            }
        } catch (TimeoutException e) {
            jobs.values().remove(end);
            throw Trouble.passing(
                    verb + " of " + unit + " is not done after " + limit.toSeconds() + " s; systemd goes on with it");
        } catch (ExecutionException e) {
            throw Trouble.passing(what + ": " + e.getCause().getMessage(), e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw Trouble.passing(what + ": interrupted");
        }
    }

    private String why(UnitName unit, String jobResult) throws Trouble {
        String reason = switch (jobResult) {
            case "canceled" -> "another job took its place";
            case "timeout" -> "it took longer than its own limit";
            case "dependency" -> "a unit it needs failed";
            case "skipped" -> "it does not apply to the unit's state";
            default -> jobResult;
        };
        if (!jobResult.equals("failed")) {
            return reason;
        }
        String face = face(unit);
        Bus bus = bus();
        List<CompletableFuture<Object>> asked = new ArrayList<>(List.of(get(bus, unit, face, "Result")));
        if (unit.type().equals("service")) {
            asked.add(get(bus, unit, face, "ExecMainStatus"));
            asked.add(get(bus, unit, face, "StatusText"));
        }
        List<String> facts = new ArrayList<>();
        for (CompletableFuture<Object> value : asked) {
            try {
                facts.add(text(Bus.await(value, CALL_LIMIT, who)));
            } catch (Bus.CallFailed e) {
                facts.add("");
            }
        }
        String result = facts.getFirst();
        StringBuilder out = new StringBuilder(result.isEmpty() ? reason : "its result is " + result);
        if (facts.size() == 3 && result.equals("exit-code")) {
            out.append(", exit status ").append(facts.get(1));
        }
        if (facts.size() == 3 && !facts.get(2).isEmpty()) {
            out.append(", its status \"").append(facts.get(2)).append('"');
        }
        return out.toString();
    }

    private static List<CompletableFuture<Object>> askRun(Bus bus, UnitName unit) {
        List<CompletableFuture<Object>> asked = new ArrayList<>();
        if (!unit.type().equals("target") && !unit.type().equals("slice")) {
            asked.add(get(bus, unit, face(unit), "Result"));
        }
        if (unit.type().equals("service")) {
            asked.add(get(bus, unit, face(unit), "Type"));
            asked.add(get(bus, unit, face(unit), "RemainAfterExit"));
        }
        return asked;
    }

    private UnitState withRun(UnitState state, List<CompletableFuture<Object>> asked) throws Trouble {
        List<Object> values = new ArrayList<>();
        for (CompletableFuture<Object> value : asked) {
            try {
                values.add(Bus.await(value, CALL_LIMIT, who));
            } catch (Bus.CallFailed e) {
                return state; // unloaded between the two calls: then it has no last run either
            }
        }
        return state.withRun(
                values.isEmpty() ? "success" : text(values.getFirst()),
                values.size() == 3
                        && values.get(1).equals("oneshot")
                        && values.get(2).equals(false));
    }

    private static CompletableFuture<Object> get(Bus bus, UnitName unit, String face, String property) {
        return bus.call(SYSTEMD, unit.objectPath(), PROPERTIES, "Get", values -> bare(values[0]), "ss", face, property);
    }

    private static String face(UnitName unit) {
        String type = unit.type();
        return SYSTEMD + "." + Character.toUpperCase(type.charAt(0)) + type.substring(1);
    }

    private void reloadWhileAsked() {
        while (true) {
            CompletableFuture<Void> now;
            synchronized (reloads) {
                now = nextReload;
                nextReload = null;
                if (now == null) {
                    reloading = false;
                    return;
                }
            }
            try {
                manager("read its files anew", RELOAD_LIMIT, values -> null, "Reload", null);
                now.complete(null);
            } catch (Trouble e) {
                now.completeExceptionally(new IOException(e.getMessage(), e));
            } catch (RuntimeException e) {
                now.completeExceptionally(e);
            }
        }
    }

    private static UnitState notThere(UnitName unit, String error) {
        return new UnitState(
                unit.text(),
                "not-found",
                error,
                "inactive",
                "dead",
                "",
                "",
                List.of(),
                false,
                Instant.EPOCH,
                Instant.EPOCH,
                false,
                "success",
                false);
    }

    private static Object bare(Object value) {
        return value instanceof Variant<?> variant ? variant.getValue() : value;
    }

    private static String text(Object value) {
        return String.valueOf(bare(value));
    }

    /** What GetAll gave. */
    private record Properties(Map<?, ?> values) {
        static Properties of(Object[] reply) {
            return new Properties((Map<?, ?>) reply[0]);
        }

        UnitState state() {
            return new UnitState(
                    text("Id"),
                    text("LoadState"),
                    error(),
                    text("ActiveState"),
                    text("SubState"),
                    text("UnitFileState"),
                    text("FragmentPath"),
                    texts("DropInPaths"),
                    Boolean.TRUE.equals(bare(values.get("NeedDaemonReload"))),
                    time("ActiveEnterTimestamp"),
                    time("ActiveExitTimestamp"),
                    time("ConditionTimestamp").isAfter(Instant.EPOCH)
                            && Boolean.FALSE.equals(bare(values.get("ConditionResult"))),
                    "success",
                    false);
        }

        private String text(String name) {
            Object value = bare(values.get(name));
            return value == null ? "" : value.toString();
        }

        private List<String> texts(String name) {
            Object value = bare(values.get(name));
            return switch (value) {
                case Collection<?> several ->
                    several.stream().map(String::valueOf).toList();
                case Object[] several ->
                    java.util.Arrays.stream(several).map(String::valueOf).toList();
                case null, default -> List.of();
            };
        }

        /** LoadError is a name and a message. */
        private String error() {
            return switch (bare(values.get("LoadError"))) {
                case Object[] pair when pair.length == 2 -> String.valueOf(pair[1]);
                case Collection<?> pair
                when pair.size() == 2 -> String.valueOf(List.copyOf(pair).getLast());
                case null, default -> "";
            };
        }

        private Instant time(String name) {
            Object value = bare(values.get(name));
            long micros = value instanceof Number number ? number.longValue() : 0;
            return Instant.ofEpochSecond(micros / 1_000_000, micros % 1_000_000 * 1_000);
        }
    }
}
