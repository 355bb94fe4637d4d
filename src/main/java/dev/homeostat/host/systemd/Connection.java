package dev.homeostat.host.systemd;

import dev.homeostat.resource.Trouble;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiPredicate;
import java.util.function.Consumer;
import java.util.function.Function;
import org.freedesktop.dbus.messages.DBusSignal;

/**
 * The line to one service manager: made when first needed and again after it was lost, and the calls over it. Thread-safe;
 * calls wait.
 */
final class Connection {
    /**
     * Where systemd can be reached.
     *
     * @param socket path
     * @param isBus whether a message bus is between us, or it is systemd's own socket
     */
    record Address(String socket, boolean isBus) {}

    static final String SYSTEMD = "org.freedesktop.systemd1";
    static final String MANAGER_PATH = "/org/freedesktop/systemd1";
    static final String NO_SUCH_UNIT = SYSTEMD + ".NoSuchUnit";
    private static final String UNIT_EXISTS = SYSTEMD + ".UnitExists";
    private static final String MANAGER = SYSTEMD + ".Manager";
    private static final String PROPERTIES = "org.freedesktop.DBus.Properties";
    private static final String BUS = "org.freedesktop.DBus";

    private static final Duration CONNECT_LIMIT = Duration.ofSeconds(5);
    /** systemd answers in milliseconds, but not while it reads its files anew, which may take seconds on a big machine. */
    static final Duration CALL_LIMIT = Duration.ofSeconds(20);

    /** A few times what systemd takes to answer when it is idle. */
    private static final Duration FIRST_KNOCK = Duration.ofMillis(4);

    private final String who;
    private final List<Address> addresses;
    private final String remedy;
    private final BiPredicate<String, String> wanted;
    private final Consumer<DBusSignal> signals;
    private final Consumer<String> ended;
    private final ReentrantLock connecting = new ReentrantLock();
    private volatile Bus current;

    /**
     * @param who for messages: {@code systemd}, {@code systemd of user app}
     * @param addresses tried in order
     * @param remedy what to do when none answers
     * @param wanted by object path and member, which signals to tell; called by the reader of the connection for each
     * @param signals called by the reader: must return at once
     * @param ended told once when a connection ends, with the reason
     */
    Connection(
            String who,
            List<Address> addresses,
            String remedy,
            BiPredicate<String, String> wanted,
            Consumer<DBusSignal> signals,
            Consumer<String> ended) {
        this.who = who;
        this.addresses = List.copyOf(addresses);
        this.remedy = remedy;
        this.wanted = wanted;
        this.signals = signals;
        this.ended = ended;
    }

    String who() {
        return who;
    }

    boolean isOpen() {
        Bus bus = current;
        return bus != null && bus.isOpen();
    }

    /** Whether this is the one in use. */
    boolean is(Bus bus) {
        return bus == current;
    }

    /** Ends the connection; the next call makes a new one. */
    void disconnect() {
        Bus bus = current;
        if (bus != null) {
            bus.close();
        }
    }

    /** @throws Trouble transient, with the remedy, if systemd cannot be reached */
    Bus bus() throws Trouble {
        Bus bus = current;
        if (bus != null && bus.isOpen()) {
            return bus;
        }
        connecting.lock();
        try {
            bus = current;
            if (bus != null && bus.isOpen()) {
                return bus;
            }
            current = connect();
            return current;
        } finally {
            connecting.unlock();
        }
    }

    private Bus connect() throws Trouble {
        List<String> refusals = new ArrayList<>();
        for (Address address : addresses) {
            try {
                Bus bus = Bus.connect(address.socket, CONNECT_LIMIT, wanted, signals, ended);
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
        Bus.await(ask(bus, "Subscribe", v -> v, null), CALL_LIMIT, who);
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

    // ---- calls

    /** One call of the manager's, its answer and its refusal for people. */
    <T> T manager(
            String what,
            Duration limit,
            Function<Object[], T> onReply,
            String member,
            String signature,
            Object... arguments)
            throws Trouble {
        try {
            return Bus.await(ask(bus(), member, onReply, signature, arguments), limit, who + ": " + what);
        } catch (Bus.CallFailed e) {
            throw refused(what, e);
        }
    }

    /** One call of the manager's. */
    static <T> CompletableFuture<T> ask(
            Bus bus, String member, Function<Object[], T> onReply, String signature, Object... arguments) {
        return bus.call(SYSTEMD, MANAGER_PATH, MANAGER, member, onReply, signature, arguments);
    }

    /** All properties that units of every type have. */
    static <T> CompletableFuture<T> unit(Bus bus, UnitName unit, Function<Object[], T> onReply) {
        return bus.call(SYSTEMD, unit.objectPath(), PROPERTIES, "GetAll", onReply, "s", SYSTEMD + ".Unit");
    }

    /** All properties that only services have. */
    static <T> CompletableFuture<T> service(Bus bus, UnitName unit, Function<Object[], T> onReply) {
        return bus.call(SYSTEMD, unit.objectPath(), PROPERTIES, "GetAll", onReply, "s", SYSTEMD + ".Service");
    }

    /** One property of those that only units of this type have. */
    static CompletableFuture<Object> property(Bus bus, UnitName unit, String name) {
        String type = unit.type();
        String face = SYSTEMD + "." + Character.toUpperCase(type.charAt(0)) + type.substring(1);
        return bus.call(
                SYSTEMD,
                unit.objectPath(),
                PROPERTIES,
                "Get",
                values -> UnitProperties.bare(values[0]),
                "ss",
                face,
                name);
    }

    /** What a job does, while it is not over; empty if there is no connection to ask over. */
    Optional<CompletableFuture<String>> jobType(String path) {
        return Optional.ofNullable(current)
                .map(bus -> bus.call(
                        SYSTEMD,
                        path,
                        PROPERTIES,
                        "Get",
                        values -> UnitProperties.text(values[0]),
                        "ss",
                        SYSTEMD + ".Job",
                        "JobType"));
    }

    /** Waits for an answer within the usual limit. */
    <T> T await(CompletableFuture<T> answer) throws Bus.CallFailed, Trouble {
        return Bus.await(answer, CALL_LIMIT, who);
    }

    static Trouble refused(String what, Bus.CallFailed e) {
        String message = "systemd refused to " + what + ": " + e.getMessage();
        return switch (e.name()) {
            case NO_SUCH_UNIT, "org.freedesktop.DBus.Error.FileNotFound" ->
                Trouble.invalid(message, "install what brings the unit, or declare its file under unit");
            case UNIT_EXISTS -> Trouble.conflict(message, "wait until it has ended, or stop it");
            case "org.freedesktop.DBus.Error.FileExists", "System.Error.EEXIST" ->
                Trouble.conflict(message, "remove that file if it is not needed");
            case SYSTEMD + ".BadUnitSetting",
                    SYSTEMD + ".LoadFailed",
                    "org.freedesktop.DBus.Error.InvalidArgs",
                    SYSTEMD + ".OnlyByDependency" -> Trouble.invalid(message, "correct the unit");
            default -> Trouble.passing(message + " (" + e.name() + ")");
        };
    }
}
