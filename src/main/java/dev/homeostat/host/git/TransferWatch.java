package dev.homeostat.host.git;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads what git says while it fetches: keeps the last lines, and refuses to go on when more came than is allowed. Git itself
 * has no such limit for fetching. For one stream.
 */
final class TransferWatch {
    /** {@code Receiving objects:  45% (9/20), 12.34 MiB | 1.20 MiB/s}; what the other side says begins with "remote: ". */
    private static final Pattern RECEIVED =
            Pattern.compile("^Receiving objects: .*?, (\\d{1,9})(?:\\.\\d{1,3})? (bytes|KiB|MiB|GiB)\\b");

    private static final List<String> UNITS = List.of("bytes", "KiB", "MiB", "GiB");
    private static final int UNIT_BITS = 10;
    /** The reason of a failure stands in the last few. */
    private static final int LINES_KEPT = 20;

    private static final int LINE_LIMIT_CHARS = 1000;
    private static final int PIECE_BYTES = 8192;

    private final long limitBytes;
    private final Deque<String> last = new ArrayDeque<>();
    private final StringBuilder line = new StringBuilder();

    TransferWatch(long limitBytes) {
        this.limitBytes = limitBytes;
    }

    void read(InputStream in) throws IOException {
        byte[] piece = new byte[PIECE_BYTES];
        for (int n = in.read(piece); n >= 0; n = in.read(piece)) {
            String text = new String(piece, 0, n, StandardCharsets.ISO_8859_1); // progress is ASCII
            for (int i = 0; i < text.length(); i++) {
                char c = text.charAt(i);
                if (c == '\n' || c == '\r') {
                    ended();
                } else if (line.length() < LINE_LIMIT_CHARS) {
                    line.append(c);
                }
            }
        }
        ended();
    }

    private synchronized void ended() throws IOException {
        String text = line.toString();
        line.setLength(0);
        Matcher received = RECEIVED.matcher(text);
        if (received.find()) {
            long bytes = Long.parseLong(received.group(1)) << UNITS.indexOf(received.group(2)) * UNIT_BITS;
            if (bytes >= limitBytes) {
                throw new IOException("more than " + (limitBytes >> 20) + " MiB are sent");
            }
        } else if (!text.isBlank() && !text.startsWith("remote: ")) {
            last.addLast(GitText.line(text));
            if (last.size() > LINES_KEPT) {
                last.removeFirst();
            }
        }
    }

    /** What git gave as the reason, one line. */
    synchronized String reason() {
        return last.stream()
                .filter(l -> l.startsWith("fatal: ") || l.startsWith("error: "))
                .map(l -> l.substring(l.indexOf(' ') + 1))
                .findFirst()
                .orElse(last.isEmpty() ? "" : last.getLast());
    }
}
