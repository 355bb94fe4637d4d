package dev.homeostat;

import dev.homeostat.host.Locations;
import dev.homeostat.resource.Trouble;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import org.jboss.logging.Logger;

/**
 * Only one daemon keeps a state folder. Taken before anything else, because a second server on the same path would take
 * the control socket away from the first without either of them noticing. The kernel releases it with the process,
 * however that ends.
 */
final class StateLock implements AutoCloseable {
    private static final Logger LOG = Logger.getLogger(StateLock.class);

    private final FileChannel channel;

    private StateLock(FileChannel channel) {
        this.channel = channel;
    }

    /** @throws Trouble conflict, naming the process that has it; invalid, if the folder cannot be used */
    static StateLock take(Locations locations) throws Trouble {
        Path file = locations.lock();
        FileChannel channel;
        try {
            Files.createDirectories(
                    locations.state(),
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            channel = FileChannel.open(
                    file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        } catch (IOException e) {
            throw new Trouble(
                    Trouble.Sort.INVALID,
                    "cannot use the state folder " + locations.state() + ": " + e,
                    e instanceof AccessDeniedException
                            ? "run as root, or as yourself with homeostat daemon --user"
                            : "look at what is there and how it is mounted: findmnt -T " + locations.state(),
                    e);
        }
        try {
            FileLock lock = channel.tryLock();
            if (lock == null) {
                String pid = Files.readString(file).strip();
                channel.close();
                throw Trouble.conflict(
                        "another homeostat daemon" + (pid.isEmpty() ? "" : " (pid " + pid + ")") + " keeps "
                                + locations.state(),
                        "stop it first, or give this one another --state");
            }
            sign(channel);
            return new StateLock(channel);
        } catch (IOException e) {
            throw new Trouble(Trouble.Sort.INVALID, "cannot lock " + file + ": " + e, "", e);
        }
    }

    /** The pid is for the message of a second daemon: on a full disk the lock holds without it. */
    private static void sign(FileChannel channel) {
        try {
            channel.truncate(0);
            channel.write(ByteBuffer.wrap((ProcessHandle.current().pid() + "\n").getBytes(StandardCharsets.US_ASCII)));
        } catch (IOException e) {
            LOG.warnf("the lock of the state folder cannot name this process: %s", e.getMessage());
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
