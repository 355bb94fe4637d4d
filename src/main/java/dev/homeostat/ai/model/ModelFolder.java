package dev.homeostat.ai.model;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.homeostat.resource.Json;
import dev.homeostat.resource.Trouble;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * The folder of models as the program of its owner sees it. Nothing in it is reached through a link, and everything is put
 * in its place whole. For one thread.
 */
final class ModelFolder {
    private static final FileAttribute<Set<PosixFilePermission>> OWNERS_FOLDER =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
    private static final FileAttribute<Set<PosixFilePermission>> OWNERS_FILE =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
    private static final Path SELF = Path.of("/proc/self");

    private final Path folder;

    private ModelFolder(Path folder) {
        this.folder = folder;
    }

    /** What the kernel says of a file. */
    record Facts(long bytes, long mtimeNanos, long inode) {}

    /**
     * Makes it if it is not there.
     *
     * @throws Trouble conflict if it is a link, no folder or somebody else's
     */
    static ModelFolder open(Path folder) throws Trouble, IOException {
        if (Files.notExists(folder, LinkOption.NOFOLLOW_LINKS)) {
            Files.createDirectories(folder, OWNERS_FOLDER);
        }
        if (Files.isSymbolicLink(folder) || !Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
            throw Trouble.conflict(
                    folder + " is no folder, or a link to one",
                    "move it away; to keep models on another disk mount that, or a folder of it, here");
        }
        if (!Files.getAttribute(folder, "unix:uid", LinkOption.NOFOLLOW_LINKS).equals(ownUid())) {
            throw Trouble.conflict(folder + " belongs to somebody else", "give it to its user: chown");
        }
        return new ModelFolder(folder);
    }

    static Object ownUid() throws IOException {
        return Files.getAttribute(SELF, "unix:uid");
    }

    /** @throws Trouble conflict if something other than a regular file is there */
    Optional<Facts> look(Path file) throws Trouble, IOException {
        Map<String, Object> all;
        try {
            all = Files.readAttributes(file, "unix:size,lastModifiedTime,ino,isRegularFile", LinkOption.NOFOLLOW_LINKS);
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
        if (!Boolean.TRUE.equals(all.get("isRegularFile"))) {
            throw Trouble.conflict(file + " is no regular file", "move it away");
        }
        return Optional.of(new Facts(
                (Long) all.get("size"), ((FileTime) all.get("lastModifiedTime")).to(TimeUnit.NANOSECONDS), (Long)
                        all.get("ino")));
    }

    /** To read and write; made if it is not there. */
    FileChannel openPart(Path part) throws Trouble, IOException {
        look(part);
        return FileChannel.open(
                part,
                Set.of(
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE,
                        StandardOpenOption.CREATE,
                        LinkOption.NOFOLLOW_LINKS),
                OWNERS_FILE);
    }

    /** Empty if there is none, or none that can be read. */
    Optional<String> note(Path note) throws IOException {
        try (FileChannel in = FileChannel.open(note, Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS))) {
            if (in.size() > Receipt.LIMIT_BYTES) {
                return Optional.empty();
            }
            ByteBuffer content = ByteBuffer.allocate((int) in.size());
            while (content.hasRemaining() && in.read(content) >= 0) {
                // until it is full
            }
            return Optional.of(new String(content.array(), 0, content.position(), UTF_8));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    /** Writes it whole, or not at all. */
    void write(Path note, Object content) throws IOException {
        Path next = note.resolveSibling(note.getFileName() + ".new");
        Files.deleteIfExists(next);
        try (FileChannel out = FileChannel.open(
                next,
                Set.of(StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW, LinkOption.NOFOLLOW_LINKS),
                OWNERS_FILE)) {
            ByteBuffer bytes = ByteBuffer.wrap((Json.write(content) + "\n").getBytes(UTF_8));
            while (bytes.hasRemaining()) {
                out.write(bytes);
            }
            out.force(true);
        }
        move(next, note);
    }

    void move(Path from, Path to) throws IOException {
        try {
            Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
        } catch (AtomicMoveNotSupportedException e) {
            throw new IOException(folder + " spans file systems", e);
        }
        sync();
    }

    void remove(Path file) throws IOException {
        Files.deleteIfExists(file);
    }

    /** What was renamed stays renamed, also if the power fails. */
    private void sync() throws IOException {
        try (FileChannel opened = FileChannel.open(folder, StandardOpenOption.READ)) {
            opened.force(true);
        }
    }

    /** What a failed write means for a person. */
    Trouble unwritten(Path file, IOException e) {
        String message = String.valueOf(e.getMessage());
        if (message.contains("No space left") || message.contains("quota")) {
            return noRoom("there is no room left for " + file + ": " + message);
        }
        return Trouble.passing("cannot write " + file + ": " + message, e);
    }

    /** @throws Trouble transient if so much more would take what is kept for the machine */
    void needs(long moreBytes, long wholeBytes) throws Trouble, IOException {
        Room room = Room.in(folder);
        if (!room.holds(moreBytes)) {
            throw noRoom("there is no room: " + Sizes.told(moreBytes)
                    + (moreBytes == wholeBytes ? "" : " of " + Sizes.told(wholeBytes)) + " are needed in " + folder
                    + ", where " + Sizes.told(room.freeBytes()) + " are free and " + Sizes.told(room.reserveBytes())
                    + " are kept for the machine");
        }
    }

    private static Trouble noRoom(String message) {
        return new Trouble(Trouble.Sort.TRANSIENT, message, "make room, or declare a smaller model");
    }
}
