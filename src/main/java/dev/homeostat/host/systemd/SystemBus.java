package dev.homeostat.host.systemd;

import dev.homeostat.resource.Trouble;
import java.io.IOException;
import java.time.Duration;
import java.util.function.Function;

/**
 * One question to a service on the system bus, over a connection of its own: such questions are rare, and one that is never
 * answered must not be in the way of others. Not thread-safe.
 */
final class SystemBus implements AutoCloseable {
    private static final String BUS = "org.freedesktop.DBus";
    private static final String BUS_PATH = "/org/freedesktop/DBus";

    private final Bus bus;
    private final String question;
    private final long end;

    /**
     * @param question for messages: {@code asking logind for inhibitor locks}
     * @param limit for all of it
     */
    SystemBus(String question, Duration limit) throws Trouble {
        this.question = question;
        this.end = System.nanoTime() + limit.toNanos();
        try {
            bus = Bus.connect(Systemd.SYSTEM_BUS, limit, (path, member) -> false, signal -> {}, reason -> {});
        } catch (IOException e) {
            throw Trouble.passing(question + ": " + e.getMessage(), e);
        }
        try {
            call(BUS, BUS_PATH, BUS, "Hello", r -> r, null);
        } catch (Trouble t) {
            bus.close();
            throw t;
        }
    }

    <T> T call(
            String destination,
            String path,
            String face,
            String member,
            Function<Object[], T> onReply,
            String signature,
            Object... arguments)
            throws Trouble {
        try {
            return Bus.await(
                    bus.call(destination, path, face, member, onReply, signature, arguments), left(), question);
        } catch (Bus.CallFailed e) {
            throw Trouble.passing(question + ": " + e.getMessage(), e);
        } catch (ClassCastException | IndexOutOfBoundsException e) {
            throw Trouble.passing(question + ": the answer is not of the form that was expected", e);
        }
    }

    /** Whether somebody has the name now; nobody is started for it. */
    boolean isThere(String name) throws Trouble {
        return call(BUS, BUS_PATH, BUS, "NameHasOwner", r -> (Boolean) r[0], "s", name);
    }

    private Duration left() {
        return Duration.ofNanos(Math.max(0, end - System.nanoTime()));
    }

    @Override
    public void close() {
        bus.close();
    }
}
