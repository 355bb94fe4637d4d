package dev.homeostat.host.posix;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jboss.logging.Logger;

/**
 * Tells where something was mounted or unmounted: inotify does not, for a folder that is hidden by a mount is still there.
 * By poll(2) on /proc/self/mountinfo (proc_pid_mountinfo(5)), so it costs nothing while nothing happens. Thread-safe.
 */
final class Mounts implements AutoCloseable {
    private static final Logger LOG = Logger.getLogger(Mounts.class);
    private static final Path TABLE = Path.of("/proc/self/mountinfo");

    private final Consumer<Set<Path>> changed;
    private final int table;
    private final int end;
    private final Thread thread;

    /**
     * @param changed gets the places; called by one thread, one after the other
     * @throws IOException if the kernel does not tell
     */
    Mounts(Consumer<Set<Path>> changed) throws IOException {
        this.changed = changed;
        this.table = LibC.openat(LibC.AT_FDCWD, TABLE.toString(), LibC.O_RDONLY | LibC.O_CLOEXEC, 0);
        if (table < 0) {
            throw new IOException(TABLE + ": " + LibC.text(-table));
        }
        this.end = LibC.eventfd();
        if (end < 0) {
            LibC.close(table);
            throw new IOException("eventfd: " + LibC.text(-end));
        }
        Map<String, Path> now = read(Files.readString(TABLE));
        this.thread = Thread.ofPlatform().daemon().name("mounts").start(() -> watch(now));
    }

    private void watch(Map<String, Path> first) {
        Map<String, Path> before = first;
        try {
            while (LibC.awaitPriority(table, end)) {
                Map<String, Path> now = read(Files.readString(TABLE));
                Set<Path> places = difference(before, now);
                before = now;
                if (!places.isEmpty()) {
                    changed.accept(places);
                }
            }
        } catch (IOException e) {
            LOG.warnf("mounts are no longer noticed, only what the resync finds: %s", e.getMessage());
        } finally {
            LibC.close(table);
            LibC.close(end);
        }
    }

    /** Where one table has what the other has not. */
    static Set<Path> difference(Map<String, Path> before, Map<String, Path> now) {
        Set<Path> places = new HashSet<>();
        before.forEach((mount, place) -> {
            if (!now.containsKey(mount)) {
                places.add(place);
            }
        });
        now.forEach((mount, place) -> {
            if (!before.containsKey(mount)) {
                places.add(place);
            }
        });
        return places;
    }

    /** Place by what tells a mount from others: its number, device, what of it is mounted, and where. */
    static Map<String, Path> read(String table) {
        Map<String, Path> mounts = new HashMap<>();
        for (String line : table.lines().toList()) {
            String[] fields = line.split(" ", 6);
            if (fields.length == 6) {
                mounts.put(String.join(" ", fields[0], fields[2], fields[3], fields[4]), Path.of(unescape(fields[4])));
            }
        }
        return mounts;
    }

    /** The kernel writes space, tab, newline and backslash as three octal digits. */
    private static String unescape(String text) {
        if (text.indexOf('\\') < 0) {
            return text;
        }
        StringBuilder plain = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) == '\\' && i + 3 < text.length()) {
                plain.append((char) Integer.parseInt(text.substring(i + 1, i + 4), 8));
                i += 3;
            } else {
                plain.append(text.charAt(i));
            }
        }
        return plain.toString();
    }

    @Override
    public void close() {
        LibC.raise(end);
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
