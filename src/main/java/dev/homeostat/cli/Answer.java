package dev.homeostat.cli;

import java.io.EOFException;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.charset.StandardCharsets;

/**
 * Reads the answer of the daemon and prints it as it comes: HTTP/1.1 with a chunked body of lines, each with a letter in
 * front (see {@code LineProtocol} of the daemon).
 */
final class Answer {
    private static final int OK = 200;

    private final ReadableByteChannel channel;
    private final Deadline deadline;
    private final ByteBuffer in = ByteBuffer.allocate(16 * 1024).flip();
    /** Null until something is printed to a file of that name. */
    private OutputStream out;

    private final String target;
    private final OutputStream err = new FileOutputStream(FileDescriptor.err);
    /** Lines for standard output that came in one piece are printed in one piece. */
    private final Bytes pending = new Bytes();

    private final Bytes line = new Bytes();
    private int exit = -1;

    /** @param target file that the answer is written to; null for standard output */
    Answer(ReadableByteChannel channel, Deadline deadline, String target) {
        this.channel = channel;
        this.deadline = deadline;
        this.target = target;
        this.out = target == null ? new FileOutputStream(FileDescriptor.out) : null;
    }

    /** Standard output or error does not take what there is to print. */
    static final class Unprintable extends IOException {
        private static final long serialVersionUID = 1L;

        Unprintable(IOException cause) {
            super("the answer cannot be printed: " + cause.getMessage(), cause);
        }
    }

    /** Standard output or error was closed by who read it. */
    static final class ReaderGone extends IOException {
        private static final long serialVersionUID = 1L;

        ReaderGone(IOException cause) {
            super(cause);
        }
    }

    /** @return the exit code */
    int print() throws IOException {
        int status = status();
        boolean chunked = false;
        long length = -1;
        for (String header = header(); !header.isEmpty(); header = header()) {
            String lower = lower(header);
            if (lower.startsWith("transfer-encoding:")) {
                chunked = lower.endsWith("chunked");
            } else if (lower.startsWith("content-length:")) {
                length = number(lower, 10);
            }
        }
        if (status != OK) {
            return problem(status, chunked, length);
        }
        body(chunked, length, false);
        flush();
        if (exit < 0) {
            throw new EOFException("the daemon closed the connection before the answer was complete");
        }
        return exit;
    }

    private int status() throws IOException {
        String first = header();
        if (!first.startsWith("HTTP/1.1 ") || first.length() < 12) {
            throw new IOException("that is not the daemon: it does not speak HTTP");
        }
        return (int) number(first.substring(9, 12), 10);
    }

    private int problem(int status, boolean chunked, long length) throws IOException {
        body(chunked, length, true);
        String text = line.text();
        String detail = field("\"detail\":\"", text);
        Client.complain("homeostat: " + (detail == null ? "the daemon answered with HTTP status " + status : detail));
        return status == 403 ? ExitCode.REFUSED.number() : ExitCode.ERROR.number();
    }

    private void body(boolean chunked, long length, boolean raw) throws IOException {
        if (!chunked) {
            take(length, raw);
            return;
        }
        for (long size = number(header(), 16); size > 0; size = number(header(), 16)) {
            take(size, raw);
            header();
        }
    }

    private void take(long size, boolean raw) throws IOException {
        for (long left = size; left > 0; left--) {
            byte b = next();
            if (raw) {
                line.add(b);
            } else if (b == '\n') {
                line();
                line.clear();
            } else {
                line.add(b);
            }
        }
    }

    private void line() throws IOException {
        if (line.length == 0) {
            return;
        }
        switch (line.bytes[0]) {
            case 'o' -> {
                pending.add(line, 2);
                pending.add((byte) '\n');
            }
            case 'e' -> {
                flush();
                line.add((byte) '\n');
                print(err, line.bytes, 2, line.length - 2);
            }
            case 'x' -> exit = (int) number(line.text().substring(2), 10);
            default -> {
                // a sign of life, or something of a newer daemon's
            }
        }
    }

    private void flush() throws IOException {
        if (pending.length > 0) {
            if (out == null) {
                out = file();
            }
            print(out, pending.bytes, 0, pending.length);
            pending.clear();
        }
    }

    private OutputStream file() throws IOException {
        try {
            return new FileOutputStream(target);
        } catch (IOException e) {
            throw new Unprintable(e);
        }
    }

    private static void print(OutputStream where, byte[] bytes, int from, int count) throws IOException {
        try {
            where.write(bytes, from, count);
        } catch (IOException e) {
            // the JDK has no class of its own for EPIPE
            throw String.valueOf(e.getMessage()).contains("Broken pipe") ? new ReaderGone(e) : new Unprintable(e);
        }
    }

    private String header() throws IOException {
        Bytes text = new Bytes();
        for (byte b = next(); b != '\n'; b = next()) {
            if (b != '\r') {
                text.add(b);
            }
        }
        return text.text();
    }

    private byte next() throws IOException {
        if (!in.hasRemaining()) {
            flush();
            in.clear();
            int count = channel.read(in);
            in.flip();
            deadline.heard();
            if (count < 0) {
                throw new EOFException("the daemon closed the connection before the answer was complete");
            }
        }
        return in.get();
    }

    private static long number(String text, int radix) throws IOException {
        long value = 0;
        boolean any = false;
        for (int i = 0; i < text.length(); i++) {
            int digit = Character.digit(text.charAt(i), radix);
            if (digit >= 0) {
                value = value * radix + digit;
                any = true;
            } else if (any) {
                break;
            }
        }
        if (!any) {
            throw new IOException("that is not the daemon: expected a number, got \"" + text + "\"");
        }
        return value;
    }

    /** ASCII only, without a Locale. */
    private static String lower(String text) {
        char[] chars = text.toCharArray();
        for (int i = 0; i < chars.length; i++) {
            if (chars[i] >= 'A' && chars[i] <= 'Z') {
                chars[i] += 32;
            }
        }
        return new String(chars);
    }

    /** A text field of the daemon's own JSON, which is written without blanks. */
    private static String field(String start, String json) {
        int from = json.indexOf(start);
        if (from < 0) {
            return null;
        }
        StringBuilder out = new StringBuilder();
        for (int i = from + start.length(); i < json.length() && json.charAt(i) != '"'; i++) {
            char c = json.charAt(i);
            if (c == '\\' && i + 1 < json.length()) {
                c = json.charAt(++i);
                out.append(c == 'n' ? ' ' : c);
            } else {
                out.append(c);
            }
        }
        return out.toString();
    }

    /** Bytes that grow. */
    private static final class Bytes {
        private byte[] bytes = new byte[256];
        private int length;

        void add(byte b) {
            if (length == bytes.length) {
                byte[] more = new byte[length * 2];
                System.arraycopy(bytes, 0, more, 0, length);
                bytes = more;
            }
            bytes[length++] = b;
        }

        void add(Bytes other, int from) {
            for (int i = from; i < other.length; i++) {
                add(other.bytes[i]);
            }
        }

        void clear() {
            length = 0;
        }

        String text() {
            return new String(bytes, 0, length, StandardCharsets.UTF_8);
        }
    }
}
