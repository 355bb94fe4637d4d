package dev.homeostat.host.systemd;

import static dev.homeostat.host.systemd.UnitProperties.text;

import dev.homeostat.resource.Trouble;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import org.freedesktop.dbus.exceptions.DBusException;
import org.freedesktop.dbus.messages.DBusSignal;

/**
 * One systemd: the system's or a user's. Connects when first needed and again after the connection was lost; every call
 * has a time limit. Thread-safe; calls wait, so they belong on virtual threads.
 */
public final class ServiceManager {
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

    private static final Set<String> GONE = Set.of(Connection.NO_SUCH_UNIT, Connection.SYSTEMD + ".NoSuchProcess");

    private static final Set<String> MANAGER_SIGNALS =
            Set.of("JobNew", "JobRemoved", "UnitNew", "UnitRemoved", "UnitFilesChanged", "Reloading");

    private final Optional<Integer> user;
    private final Connection connection;
    private final UnitStates states;
    private final Jobs jobs;
    private final Reloads reloads;
    private final Watches watches;
    private final UnitJournal journal;

    /**
     * @param who for messages: {@code systemd}, {@code systemd of user app}
     * @param addresses tried in order
     * @param remedy what to do when none answers
     * @param user whose it is; empty if it is the system's
     * @param journal where its units' programs write to
     */
    ServiceManager(
            String who,
            List<Connection.Address> addresses,
            String remedy,
            Optional<Integer> user,
            UnitJournal journal) {
        this.user = user;
        this.journal = journal;
        this.connection = new Connection(who, addresses, remedy, this::isWanted, this::signal, this::ended);
        this.states = new UnitStates(connection);
        this.jobs = new Jobs(connection);
        this.reloads = new Reloads(connection);
        this.watches = new Watches(connection, jobs);
    }

    /** User id of whose service manager it is; empty if it is the system's. */
    public Optional<Integer> user() {
        return user;
    }

    /** How often the connection was lost since the start. */
    public long connectionsLost() {
        return watches.lost();
    }

    /**
     * Looks at units; one answer for each, also for those that are not there. A few are looked at in full. Of many, those
     * that are active as before are not asked again for what systemd would have told us had it changed.
     */
    public Map<UnitName, UnitState> look(Collection<UnitName> units) throws Trouble {
        return states.look(units);
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
        jobs.run("start", "StartUnit", unit, limit);
    }

    /**
     * Whether a start or restart that this trouble is about goes on, and the unit's state will tell how it ends: then there
     * is nothing to wait for.
     */
    public boolean goesOn(UnitName unit, Trouble trouble) throws Trouble {
        return trouble.getCause() instanceof TimeoutException && look(unit).isMoving();
    }

    public void stop(UnitName unit, Duration limit) throws Trouble {
        jobs.run("stop", "StopUnit", unit, limit);
    }

    public void restart(UnitName unit, Duration limit) throws Trouble {
        jobs.run("restart", "RestartUnit", unit, limit);
    }

    /** Lets the unit read its own configuration anew, or restarts it if it cannot. */
    public void reloadOrRestart(UnitName unit, Duration limit) throws Trouble {
        jobs.run("reload", "ReloadOrRestartUnit", unit, limit);
    }

    /**
     * Starts a service that no file describes, and waits until its program runs. It stays known after its end, with its
     * result, until {@link #forget}.
     *
     * @throws Trouble conflict if there is a unit of that name; transient, with the reason, if its program did not start
     */
    public void startTransient(TransientService service, Duration limit) throws Trouble {
        jobs.run(
                "start",
                service.name(),
                limit,
                "StartTransientUnit",
                "ssa(sv)a(sa(sv))",
                service.name().text(),
                "fail",
                service.properties(),
                new Object[0][]);
    }

    /** Names of all units that have failed. */
    public SortedSet<String> failed() throws Trouble {
        try {
            Object[] answer = connection.await(Connection.ask(
                    connection.bus(), "ListUnitsFiltered", v -> v, "as", (Object) new String[] {"failed"}));
            SortedSet<String> names = new TreeSet<>();
            for (Object row : (Collection<?>) answer[0]) {
                names.add(text(((Object[]) row)[0]));
            }
            return names;
        } catch (Bus.CallFailed e) {
            throw Connection.refused("list the units that failed", e);
        }
    }

    /** The same without transient ones, which are gone for good when they end: nobody has configured them. */
    public SortedSet<String> failedForGood() throws Trouble {
        SortedSet<String> names = failed();
        Bus bus = connection.bus();
        Map<String, CompletableFuture<Boolean>> asked = new TreeMap<>();
        names.forEach(name -> asked.put(
                name,
                Connection.unit(
                        bus,
                        new UnitName(name),
                        reply -> UnitProperties.of(reply).isTransient())));
        for (Map.Entry<String, CompletableFuture<Boolean>> answer : asked.entrySet()) {
            try {
                if (connection.await(answer.getValue())) {
                    names.remove(answer.getKey());
                }
            } catch (Bus.CallFailed e) {
                if (!e.name().equals(Connection.NO_SUCH_UNIT)) {
                    throw Connection.refused("look at " + answer.getKey(), e);
                }
                names.remove(answer.getKey()); // it is no more
            }
        }
        return names;
    }

    /** A service's last run; empty if systemd does not know the service, or it never ran since it does. */
    public Optional<ServiceRun> lastRun(UnitName unit) throws Trouble {
        Bus bus = connection.bus();
        // asked together; both answers are of the same moment, because systemd does one thing after the other
        CompletableFuture<UnitProperties> general = Connection.unit(bus, unit, UnitProperties::of);
        CompletableFuture<UnitProperties> own = Connection.service(bus, unit, UnitProperties::of);
        try {
            return ServiceRun.of(unit, connection.await(general), connection.await(own));
        } catch (Bus.CallFailed e) {
            if (e.name().equals(Connection.NO_SUCH_UNIT)) {
                return Optional.empty();
            }
            throw Connection.refused("look at " + unit, e);
        }
    }

    /** Sends a signal to all processes of a service; fine if it is not there or has none. */
    public void kill(UnitName unit, int signal) throws Trouble {
        try {
            connection.await(Connection.ask(connection.bus(), "KillUnit", v -> v, "ssi", unit.text(), "all", signal));
        } catch (Bus.CallFailed e) {
            if (!GONE.contains(e.name())) {
                throw Connection.refused("kill " + unit, e);
            }
        }
    }

    /** Ends a transient service if it runs, and lets systemd forget it; fine if it is not there. */
    public void forget(UnitName unit, Duration limit) throws Trouble {
        try {
            stop(unit, limit);
        } catch (Trouble t) {
            if (t.sort() != Trouble.Sort.INVALID) { // else there is no such unit
                throw t;
            }
        }
        resetFailed(unit);
    }

    /**
     * What the programs of one run of a unit wrote, oldest first: at most so many lines, the last ones.
     *
     * @param invocation systemd's id of the run
     * @param began when it began
     * @throws Trouble transient if the journal cannot be read
     */
    public List<String> written(UnitName unit, String invocation, Instant began, int limitLines) throws Trouble {
        return journal.written(unit, invocation, began, limitLines);
    }

    /** What the unit's programs wrote to standard output and error since then; empty if that cannot be read. */
    public List<String> written(UnitName unit, Instant since) {
        return journal.written(unit, since);
    }

    /** What a container of the unit wrote since then, where podman writes it to the journal; empty if that cannot be read. */
    public List<String> writtenInside(UnitName unit, String container, Instant since) {
        return journal.writtenInside(unit, container, since);
    }

    /** Forgets that a unit failed and how often it was started; fine if it is not loaded. */
    public void resetFailed(UnitName unit) throws Trouble {
        try {
            connection.await(Connection.ask(connection.bus(), "ResetFailedUnit", v -> v, "s", unit.text()));
        } catch (Bus.CallFailed e) {
            if (!e.name().equals(Connection.NO_SUCH_UNIT)) {
                throw Connection.refused("reset " + unit, e);
            }
        }
    }

    /**
     * Makes a unit start at boot. Counts after {@link #reload}.
     *
     * @throws Trouble invalid if its file does not say what should start it
     */
    public void enable(UnitName unit) throws Trouble {
        boolean installable = connection.manager(
                "enable " + unit,
                Connection.CALL_LIMIT,
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
            connection.manager(
                    "disable " + unit,
                    Connection.CALL_LIMIT,
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
        connection.manager(
                "mask " + unit,
                Connection.CALL_LIMIT,
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
            connection.manager(
                    "unmask " + unit,
                    Connection.CALL_LIMIT,
                    values -> null,
                    "UnmaskUnitFiles",
                    "asb",
                    (Object) new String[] {unit.text()},
                    runtime);
        }
    }

    /** As systemd reads it from its files now: {@code enabled}, {@code static}, ...; empty if there is no file. */
    public String unitFileState(UnitName unit) throws Trouble {
        Bus bus = connection.bus();
        try {
            return connection.await(Connection.ask(bus, "GetUnitFileState", v -> (String) v[0], "s", unit.text()));
        } catch (Bus.CallFailed e) {
            return "";
        }
    }

    /**
     * Lets systemd read its files anew ({@code daemon-reload}), beginning after this call. Those who ask while one is under
     * way share the next.
     */
    public void reload() throws Trouble {
        reloads.run();
    }

    /** Tells changes of these units until closed; keeps the connection up meanwhile. */
    public AutoCloseable listen(Collection<UnitName> units, Listener listener) {
        return watches.add(units, listener);
    }

    /** The same for whoever looks himself: told that something about them may have changed. Must return at once. */
    public AutoCloseable watch(Collection<UnitName> units, Runnable news) {
        return listen(units, new Listener() {
            @Override
            public void changed(UnitName unit, String cause) {
                news.run();
            }

            @Override
            public void everything(String cause) {
                news.run();
            }
        });
    }

    /** Ends the connection, and with it what was listened for; the next call makes a new one. */
    void disconnect() {
        watches.clear(); // or it would be connected again for their sake
        connection.disconnect();
    }

    // ---- what the connection tells, by its reader ----

    private void ended(String reason) {
        states.forgetAll();
        jobs.lost();
        watches.connectionEnded(reason);
    }

    private boolean isWanted(String path, String member) {
        if (path.equals(Connection.MANAGER_PATH)) {
            return MANAGER_SIGNALS.contains(member);
        }
        return member.equals("PropertiesChanged") && (states.isKnown(path) || watches.isWanted(path));
    }

    private void signal(DBusSignal signal) {
        try {
            switch (signal.getName()) {
                case "PropertiesChanged" -> {
                    states.forget(signal.getPath());
                    watches.changed(signal.getPath(), signal.getParameters());
                }
                case "JobRemoved" -> {
                    Object[] values = signal.getParameters();
                    jobs.ended(text(values[1]), text(values[3]));
                }
                case "JobNew" -> {
                    Object[] values = signal.getParameters();
                    watches.jobBegan(text(values[2]), text(values[1]));
                }
                case "UnitNew" -> unit(signal, "appeared");
                case "UnitRemoved" -> unit(signal, "was unloaded");
                case "UnitFilesChanged" -> everything("unit files were enabled or disabled");
                case "Reloading" -> {
                    if (!(Boolean) signal.getParameters()[0]) {
                        everything(connection.who() + " has read its files anew");
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

    private void unit(DBusSignal signal, String what) throws DBusException {
        Object[] values = signal.getParameters();
        states.forget(text(values[1]));
        watches.changed(text(values[0]), what);
    }

    private void everything(String cause) {
        states.forgetAll();
        watches.everything(cause);
    }
}
