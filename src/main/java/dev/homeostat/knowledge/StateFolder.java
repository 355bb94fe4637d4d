package dev.homeostat.knowledge;

import dev.homeostat.resource.Trouble;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/**
 * The folder of one knowledge base, held: two processes would each overwrite what the other acknowledged. The kernel
 * releases it with the process, however that ends.
 */
final class StateFolder implements AutoCloseable {
    private static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rwx------");

    private final Path path;
    private final FileChannel channel;

    private StateFolder(Path path, FileChannel channel) {
        this.path = path;
        this.channel = channel;
    }

    /** @throws Trouble conflict, naming the process that has it; invalid, if the folder cannot be used */
    static StateFolder take(Path path) throws Trouble {
        FileChannel channel;
        try {
            Files.createDirectories(path, PosixFilePermissions.asFileAttribute(OWNER_ONLY));
            if (!Files.getPosixFilePermissions(path).equals(OWNER_ONLY)) {
                Files.setPosixFilePermissions(path, OWNER_ONLY);
            }
            channel = FileChannel.open(
                    path.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        } catch (IOException e) {
            throw new Trouble(
                    Trouble.Sort.INVALID,
                    "cannot use the folder " + path + ": " + e,
                    "give a folder of your own with --state",
                    e);
        }
        try {
            FileLock lock = channel.tryLock();
            if (lock == null) {
                String pid = Files.readString(path.resolve("lock")).strip();
                channel.close();
                throw Trouble.conflict(
                        "another knowledge base" + (pid.isEmpty() ? "" : " (pid " + pid + ")") + " keeps " + path,
                        "stop it first, or give this one another --state");
            }
            channel.truncate(0);
            channel.write(ByteBuffer.wrap((ProcessHandle.current().pid() + "\n").getBytes(StandardCharsets.US_ASCII)));
            return new StateFolder(path, channel);
        } catch (IOException e) {
            throw new Trouble(Trouble.Sort.INVALID, "cannot lock " + path.resolve("lock") + ": " + e, "", e);
        }
    }

    Path documents() {
        return path.resolve("documents.db");
    }

    Path index() {
        return path.resolve("index");
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
