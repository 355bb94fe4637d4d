package dev.homeostat.host.systemd;

import dev.homeostat.resource.Trouble;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiPredicate;
import java.util.function.Consumer;
import java.util.function.Function;
import org.freedesktop.dbus.connections.transports.AbstractTransport;
import org.freedesktop.dbus.connections.transports.TransportBuilder;
import org.freedesktop.dbus.exceptions.DBusException;
import org.freedesktop.dbus.messages.DBusSignal;
import org.freedesktop.dbus.messages.Error;
import org.freedesktop.dbus.messages.Message;
import org.freedesktop.dbus.messages.MessageFactory;
import org.freedesktop.dbus.messages.MethodCall;
import org.freedesktop.dbus.messages.MethodReturn;

/**
 * One D-Bus connection: calls that may overtake one another, and signals. On dbus-java's transport (authentication,
 * marshalling), without its connection on top, whose four thread pools and proxies cost more than the calls.
 *
 * <p>Thread-safe. Replies and signals are handled by one reader in the order in which they came. When the connection ends,
 * waiting calls fail and {@code ended} is told once.
 */
final class Bus implements AutoCloseable {
    /** What a call gave, or why it failed. */
    static final class CallFailed extends Exception {
        private static final long serialVersionUID = 1;
        private final String name;

        CallFailed(String name, String message) {
            super(message, null, false, false);
            this.name = name;
        }

        /** D-Bus error name, such as {@code org.freedesktop.systemd1.NoSuchUnit}. */
        String name() {
            return name;
        }
    }

    private static final byte NO_FLAGS = 0;

    private final AbstractTransport transport;
    private final SocketChannel channel;
    private final MessageFactory messages;
    private final MessageReader reader;
    private final Consumer<DBusSignal> signals;
    private final Consumer<String> ended;
    private final Map<Long, CompletableFuture<Object[]>> waiting = new ConcurrentHashMap<>();
    private final ReentrantLock writing = new ReentrantLock();
    private final AtomicBoolean open = new AtomicBoolean(true);

    private Bus(
            AbstractTransport transport,
            SocketChannel channel,
            BiPredicate<String, String> wanted,
            Consumer<DBusSignal> signals,
            Consumer<String> ended) {
        this.transport = transport;
        this.channel = channel;
        this.reader = new MessageReader(channel, wanted);
        this.messages = transport.getMessageFactory();
        this.signals = signals;
        this.ended = ended;
    }

    /**
     * Connects within the limit.
     *
     * @param socket path of a bus, or of a service manager's own socket
     * @param wanted by object path and member, which signals to tell; called by the reader for each
     * @param signals called by the reader: must return at once
     * @throws IOException if nobody answers there, or refuses
     */
    static Bus connect(
            String socket,
            Duration limit,
            BiPredicate<String, String> wanted,
            Consumer<DBusSignal> signals,
            Consumer<String> ended)
            throws IOException {
        // The library tries again and again for a socket that is not there.
        if (!Files.exists(Path.of(socket))) {
            throw new IOException("there is no such socket");
        }
        // The handshake of the library waits without limit, so it is done aside and given up by closing the socket.
        CompletableFuture<Bus> made = new CompletableFuture<>();
        AbstractTransport transport;
        try {
            // left to itself, build() connects too, and leaves us a second connection that nobody reads or closes
            transport = TransportBuilder.create("unix:path=" + socket)
                    .configure()
                    .withAutoConnect(false)
                    .back()
                    .build();
        } catch (DBusException e) {
            throw new IOException(e.getMessage(), e);
        }
        Thread.ofVirtual().name("dbus-connect").start(() -> {
            try {
                SocketChannel channel = transport.connect();
                if (!made.complete(new Bus(transport, channel, wanted, signals, ended))) {
                    transport.close();
                }
            } catch (IOException | RuntimeException e) {
                made.completeExceptionally(e);
            }
        });
        try {
            Bus bus = made.get(limit.toMillis(), TimeUnit.MILLISECONDS);
            Thread.ofVirtual().name("dbus-" + socket).start(bus::read);
            return bus;
        } catch (TimeoutException e) {
            made.cancel(false);
            transport.close();
            throw new IOException("no answer within " + limit.toMillis() + " ms", e);
        } catch (ExecutionException e) {
            transport.close();
            throw new IOException(e.getCause().getMessage(), e.getCause());
        } catch (InterruptedException e) {
            made.cancel(false);
            transport.close();
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    /** One call; {@code onReply} runs before anything that came after the reply is handled. */
    <T> CompletableFuture<T> call(
            String destination,
            String path,
            String face,
            String member,
            Function<Object[], T> onReply,
            String signature,
            Object... arguments) {
        CompletableFuture<Object[]> reply = new CompletableFuture<>();
        CompletableFuture<T> answer = reply.thenApply(onReply);
        long serial = 0;
        try {
            MethodCall call =
                    messages.createMethodCall(null, destination, path, face, member, NO_FLAGS, signature, arguments);
            serial = call.getSerial();
            waiting.put(serial, reply);
            writing.lock();
            try {
                write(call);
            } finally {
                writing.unlock();
            }
            if (!open.get()) {
                throw new IOException("the connection has ended");
            }
        } catch (DBusException | IOException e) {
            waiting.remove(serial);
            reply.completeExceptionally(e instanceof IOException ? e : new IOException(e.getMessage(), e));
        }
        return answer;
    }

    /** The library's own writer drops the rest of a message when the socket takes only a part of it. */
    private void write(Message message) throws IOException {
        int length = 0;
        for (byte[] part : message.getWireData()) {
            length += part == null ? 0 : part.length;
        }
        ByteBuffer whole = ByteBuffer.allocate(length);
        for (byte[] part : message.getWireData()) {
            if (part != null) {
                whole.put(part);
            }
        }
        whole.flip();
        while (whole.hasRemaining()) {
            channel.write(whole);
        }
    }

    boolean isOpen() {
        return open.get();
    }

    /**
     * Waits for the answer of a call.
     *
     * @throws CallFailed if the other side said no
     * @throws Trouble transient, if there was no answer
     */
    static <T> T await(CompletableFuture<T> answer, Duration limit, String what) throws CallFailed, Trouble {
        try {
            return answer.get(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case CallFailed failed -> throw failed;
                case IOException io -> throw Trouble.passing(what + ": " + io.getMessage(), io);
                default -> throw new IllegalStateException(what, e.getCause());
            }
        } catch (TimeoutException e) {
            throw Trouble.passing(what + ": no answer within " + limit.toMillis() + " ms");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw Trouble.passing(what + ": interrupted");
        }
    }

    @Override
    public void close() {
        end("closed");
    }

    private void read() {
        try {
            while (open.get()) {
                handle(reader.next());
            }
        } catch (IOException | DBusException | RuntimeException e) {
            end(e.getMessage() == null ? e.toString() : e.getMessage());
        }
    }

    private void handle(Message message) throws DBusException {
        switch (message) {
            case DBusSignal signal -> signals.accept(signal);
            case MethodReturn reply -> {
                CompletableFuture<Object[]> call = waiting.remove(reply.getReplySerial());
                if (call != null) {
                    Object[] values = reply.getParameters();
                    call.complete(values == null ? new Object[0] : values);
                }
            }
            case Error error -> {
                CompletableFuture<Object[]> call = waiting.remove(error.getReplySerial());
                if (call != null) {
                    Object[] values = error.getParameters();
                    String text = values == null || values.length == 0 ? error.getName() : String.valueOf(values[0]);
                    call.completeExceptionally(new CallFailed(error.getName(), text));
                }
            }
            default -> {
                // a call to us: we offer nothing
            }
        }
    }

    private void end(String reason) {
        if (!open.compareAndSet(true, false)) {
            return;
        }
        IOException cause = new IOException("the connection to systemd ended: " + reason);
        try {
            transport.close();
        } catch (IOException e) {
            cause.addSuppressed(e);
        }
        waiting.forEach((serial, call) -> call.completeExceptionally(cause));
        waiting.clear();
        ended.accept(reason);
    }
}
