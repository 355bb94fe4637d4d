package dev.homeostat.host.systemd;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.BiPredicate;
import org.freedesktop.dbus.exceptions.DBusException;
import org.freedesktop.dbus.messages.Message;
import org.freedesktop.dbus.messages.MessageFactory;

/**
 * Cuts the stream of a D-Bus connection into messages (D-Bus specification, "Message Protocol") and drops signals that
 * nobody asked for before they cost anything: at a daemon-reload systemd tells every property of every unit, some ten
 * megabytes, to everyone on its own socket, and keeps what is not read. Not thread-safe.
 */
final class MessageReader {
    private static final int FIXED_BYTES = 12;
    private static final int HEADER_BYTES = 16;
    private static final byte SIGNAL = 4;
    private static final int PATH = 1;
    private static final int MEMBER = 3;
    /** Holds many signals of systemd's at once; grows for a longer message. */
    private static final int BUFFER_BYTES = 256 * 1024;
    /** The specification allows twice that; no answer of systemd is near. */
    private static final long MESSAGE_LIMIT_BYTES = 64L << 20;

    private final SocketChannel channel;
    private final BiPredicate<String, String> wanted;
    private ByteBuffer in = ByteBuffer.allocate(BUFFER_BYTES).flip();

    /** @param wanted whether a signal of this object path and member is of interest */
    MessageReader(SocketChannel channel, BiPredicate<String, String> wanted) {
        this.channel = channel;
        this.wanted = wanted;
    }

    /** Waits for the next message of interest. */
    Message next() throws IOException, DBusException {
        while (true) {
            require(HEADER_BYTES);
            int start = in.position();
            in.order(in.get(start) == 'B' ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
            long body = Integer.toUnsignedLong(in.getInt(start + 4));
            long fields = Integer.toUnsignedLong(in.getInt(start + FIXED_BYTES));
            long padded = (fields + 7) & ~7L;
            long whole = HEADER_BYTES + padded + body;
            if (whole > MESSAGE_LIMIT_BYTES) {
                throw new IOException("a message of " + whole + " bytes");
            }
            require((int) whole);
            byte[] bytes = in.array();
            int at = in.position();
            in.position(at + (int) whole);
            if (bytes[at + 1] != SIGNAL || isWanted(at, (int) fields)) {
                return message(bytes, at, (int) padded, (int) body);
            }
        }
    }

    private static Message message(byte[] bytes, int at, int fields, int body) throws IOException, DBusException {
        // as the library's own reader cuts them: the length of the fields first, then room up to the 8th byte, then the
        // fields
        byte[] header = new byte[8 + fields];
        System.arraycopy(bytes, at + FIXED_BYTES, header, 0, 4);
        System.arraycopy(bytes, at + HEADER_BYTES, header, 8, fields);
        int from = at + HEADER_BYTES + fields;
        return MessageFactory.createMessage(
                bytes[at + 1],
                Arrays.copyOfRange(bytes, at, at + FIXED_BYTES),
                header,
                Arrays.copyOfRange(bytes, from, from + body),
                null);
    }

    /** Header fields: structures of a code and a variant, each aligned to 8 bytes. */
    private boolean isWanted(int at, int length) {
        String path = "";
        String member = "";
        int p = at + HEADER_BYTES;
        int end = p + length;
        while (p < end) {
            p = at + ((p - at + 7) & ~7);
            int code = in.get(p);
            byte type = in.get(p + 2); // after the length of the signature, which is one letter for every known field
            p += 4;
            if (type == 'g') {
                p += (in.get(p) & 0xff) + 2;
            } else if (type == 'u') {
                p += 4;
            } else if (type == 's' || type == 'o') {
                int n = in.getInt(p);
                if (code == PATH || code == MEMBER) {
                    String text = new String(in.array(), p + 4, n, StandardCharsets.ISO_8859_1);
                    path = code == PATH ? text : path;
                    member = code == MEMBER ? text : member;
                }
                p += 4 + n + 1;
            } else {
                return true; // a field of a later version: let the library see
            }
        }
        return wanted.test(path, member);
    }

    private void require(int bytes) throws IOException {
        if (in.remaining() >= bytes) {
            return;
        }
        if (in.capacity() < bytes) {
            ByteBuffer larger = ByteBuffer.allocate(bytes);
            larger.put(in);
            in = larger;
        } else {
            in.compact();
            if (bytes <= BUFFER_BYTES && in.capacity() > BUFFER_BYTES) {
                ByteBuffer usual = ByteBuffer.allocate(BUFFER_BYTES);
                if (in.position() <= BUFFER_BYTES) {
                    usual.put(in.flip());
                    in = usual;
                }
            }
        }
        while (in.position() < bytes) {
            if (channel.read(in) < 0) {
                throw new EOFException("systemd closed the connection");
            }
        }
        in.flip();
    }
}
