package dev.homeostat.host.posix;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.homeostat.host.posix.LibC.Failure;
import dev.homeostat.host.posix.LibC.Stat;
import dev.homeostat.resource.Trouble;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.zip.CRC32;

/** {@link SafeFiles} on Linux: openat2 where no link is in the way, a checked walk where one is. Thread-safe. */
@ApplicationScoped
public class PosixFiles implements SafeFiles {
    /** As the kernel has it (MAXSYMLINKS). */
    private static final int LINKS_LIMIT = 40;
    /** Read and write in pieces of this size. */
    private static final int PIECE_BYTES = 64 * 1024;
    /** Somebody may make our temporary name anew between our removing and creating it; more often is an attack. */
    private static final int TEMPORARY_TRIES = 5;

    /** Programs write their settings in one go: milliseconds. */
    private static final Duration WRITERS_LIMIT = Duration.ofMillis(100);
    /** Much shorter than what a person notices, long beside a look (microseconds). */
    private static final Duration WRITERS_PAUSE = Duration.ofNanos(20_000);

    private final int ownUid = ownUid();

    @Override
    public Optional<FileFacts> look(Path path) throws Trouble {
        int fd = open(path, LibC.O_PATH);
        if (fd < 0) {
            if (fd == -LibC.ENOENT || fd == -LibC.ENOTDIR) {
                return Optional.empty();
            }
            throw trouble("look at", path, -fd);
        }
        try {
            return Optional.of(facts(fd, LibC.stat(fd)));
        } catch (Failure e) {
            throw trouble("look at", path, e.errno);
        } finally {
            LibC.close(fd);
        }
    }

    private static FileFacts facts(int fd, Stat s) throws Failure {
        FileFacts.Type type = s.isFile()
                ? FileFacts.Type.FILE
                : s.isFolder() ? FileFacts.Type.FOLDER : s.isLink() ? FileFacts.Type.LINK : FileFacts.Type.OTHER;
        return new FileFacts(
                type,
                s.permissions(),
                s.uid(),
                s.gid(),
                s.size(),
                s.device(),
                s.inode(),
                s.mtimeNanos(),
                s.ctimeNanos(),
                s.isLink() ? LibC.readlink(fd) : "");
    }

    @Override
    public byte[] read(Path path, long limitBytes) throws Trouble {
        int fd = open(path, LibC.O_RDONLY | LibC.O_NONBLOCK); // a named pipe must not hang us
        if (fd < 0) {
            throw trouble("read", path, -fd);
        }
        try {
            Stat s = LibC.stat(fd);
            if (!s.isFile()) {
                throw Trouble.conflict(path + " is not a regular file", "move it away, or correct the path");
            }
            if (s.size() > limitBytes) {
                throw Trouble.invalid(
                        path + " has " + s.size() + " bytes, more than the " + limitBytes
                                + " that are kept in one file",
                        "manage large data by a volume or a folder");
            }
            return readAll(fd, limitBytes, path);
        } catch (Failure e) {
            throw trouble("read", path, e.errno);
        } finally {
            LibC.close(fd);
        }
    }

    private static byte[] readAll(int fd, long limitBytes, Path path) throws Failure, Trouble {
        try (Arena arena = Arena.ofConfined()) {
            Stat s = LibC.stat(fd);
            ByteArrayOutputStream content = new ByteArrayOutputStream((int) Math.min(s.size() + 1, limitBytes));
            MemorySegment buffer = arena.allocate(Math.clamp(s.size() + 1, 1, PIECE_BYTES));
            while (true) {
                long n = LibC.read(fd, buffer);
                if (n == -LibC.EINTR) {
                    continue;
                }
                if (n < 0) {
                    throw new Failure((int) -n);
                }
                if (n == 0) {
                    return content.toByteArray();
                }
                content.writeBytes(buffer.asSlice(0, n).toArray(ValueLayout.JAVA_BYTE));
                if (content.size() > limitBytes) {
                    throw Trouble.passing(path + " grows while it is read");
                }
            }
        }
    }

    @Override
    public List<String> list(Path folder) throws Trouble {
        int fd = open(folder, LibC.O_RDONLY | LibC.O_DIRECTORY);
        if (fd == -LibC.ENOENT) {
            return List.of();
        }
        if (fd < 0) {
            throw trouble("list", folder, -fd);
        }
        // the opened folder itself, whatever is at the path by now
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(Path.of("/proc/self/fd/" + fd))) {
            List<String> names = new ArrayList<>();
            entries.forEach(p -> names.add(p.getFileName().toString()));
            names.sort(null);
            return names;
        } catch (IOException e) {
            throw Trouble.passing("cannot list " + folder + ": " + e.getMessage(), e);
        } finally {
            LibC.close(fd);
        }
    }

    @Override
    public void write(Path path, byte[] content, int mode, int uid, int gid, Displaced displaced) throws Trouble {
        inFolderOf(path, "write", (folder, name) -> {
            String temporary = temporary(name);
            writeTemporary(folder, temporary, content, mode, uid, gid, path);
            place(folder, temporary, name, path, displaced);
            check(LibC.fsync(folder));
        });
    }

    private void writeTemporary(int folder, String temporary, byte[] content, int mode, int uid, int gid, Path path)
            throws Failure, Trouble {
        int fd = create(folder, temporary, path);
        boolean written = false;
        try {
            writeAll(fd, content, path);
            check(LibC.chownOpened(fd, uid, gid));
            check(LibC.fchmod(fd, mode));
            check(LibC.fsync(fd));
            written = true;
        } finally {
            LibC.close(fd);
            if (!written) {
                LibC.unlinkat(folder, temporary, 0);
            }
        }
    }

    /** Gives what is new its name; if it throws, what was there is there again and the new is gone. */
    private static void place(int folder, String temporary, String name, Path path, Displaced displaced)
            throws Failure, Trouble {
        if (displaced != null) {
            int exchanged = LibC.renameat2(folder, temporary, name, LibC.RENAME_EXCHANGE);
            if (exchanged == 0) {
                boolean taken = false;
                try {
                    giveFormer(folder, temporary, path, displaced);
                    taken = true;
                } finally {
                    // the former is not given up before it has its name again
                    if (taken || LibC.renameat2(folder, temporary, name, LibC.RENAME_EXCHANGE) == 0) {
                        LibC.unlinkat(folder, temporary, 0);
                    }
                }
                return;
            }
            // else nothing is there, or it is a file system that cannot exchange
            if (exchanged != -LibC.ENOENT && exchanged != -LibC.EINVAL) {
                LibC.unlinkat(folder, temporary, 0);
                throw new Failure(-exchanged);
            }
        }
        int moved = LibC.renameat(folder, temporary, name);
        if (moved < 0) {
            LibC.unlinkat(folder, temporary, 0);
            throw new Failure(-moved);
        }
    }

    /** @throws Failure if it is not to be removed: a folder that somebody made there meanwhile */
    private static void giveFormer(int folder, String temporary, Path path, Displaced displaced)
            throws Failure, Trouble {
        Stat former = statIn(folder, temporary);
        if (former == null || former.isLink()) {
            return;
        }
        if (!former.isFile()) {
            throw new Failure(former.isFolder() ? LibC.EISDIR : LibC.EEXIST);
        }
        int fd = LibC.openat(folder, temporary, LibC.O_RDONLY | LibC.O_NONBLOCK | LibC.O_NOFOLLOW | LibC.O_CLOEXEC, 0);
        check(fd);
        boolean handedOn = false;
        try {
            if (former.size() > KeptFiles.LIMIT_BYTES) {
                throw Trouble.passing(path + " is changed while it is replaced, and too large to be kept");
            }
            boolean written =
                    LibC.leaseForReading(fd) != 0; // before it is read: what is written after it is read again
            byte[] content = readAll(fd, KeptFiles.LIMIT_BYTES, path);
            displaced.take(content);
            if (written) {
                LateWriters.follow(fd, path, content, displaced);
                handedOn = true;
            }
        } finally {
            if (!handedOn) {
                LibC.close(fd);
            }
        }
    }

    /** The content of an opened file from its beginning, also if it has no name any more. */
    static byte[] whole(int fd, Path path) throws Failure, Trouble {
        int again = check(LibC.openat(LibC.AT_FDCWD, "/proc/self/fd/" + fd, LibC.O_RDONLY | LibC.O_CLOEXEC, 0));
        try {
            return readAll(again, KeptFiles.LIMIT_BYTES, path);
        } finally {
            LibC.close(again);
        }
    }

    @Override
    public boolean replaceIf(
            Path path, byte[] expected, byte[] content, int mode, int uid, int gid, Consumer<byte[]> displaced)
            throws Trouble {
        if (expected == null && content == null) {
            throw new IllegalArgumentException("nothing is to be put in the place of nothing");
        }
        boolean[] done = {false};
        inFolderOf(path, "replace", (folder, name) -> {
            String temporary = temporary(name);
            if (content == null) {
                done[0] = takeAway(folder, name, temporary, expected, path, displaced);
            } else {
                boolean left = true;
                try {
                    writeTemporary(folder, temporary, content, mode, uid, gid, path);
                    if (expected == null) {
                        int made = LibC.renameat2(folder, temporary, name, LibC.RENAME_NOREPLACE);
                        if (made == -LibC.EEXIST) {
                            return;
                        }
                        check(made);
                        left = false;
                        done[0] = true;
                    } else {
                        done[0] = exchange(folder, name, temporary, expected, content, path, displaced);
                    }
                } finally {
                    if (left) {
                        LibC.unlinkat(folder, temporary, 0);
                    }
                }
            }
            check(LibC.fsync(folder));
        });
        return done[0];
    }

    /** The new file is under the temporary name; what is there after is under it, and may be removed. */
    private boolean exchange(
            int folder,
            String name,
            String temporary,
            byte[] expected,
            byte[] content,
            Path path,
            Consumer<byte[]> displaced)
            throws Failure, Trouble {
        Stat before = statIn(folder, name);
        if (before == null || !Arrays.equals(readIn(folder, name, path), expected)) {
            return false;
        }
        int changed = LibC.renameat2(folder, temporary, name, LibC.RENAME_EXCHANGE);
        if (changed == -LibC.ENOENT) {
            return false;
        }
        if (changed == -LibC.EINVAL) { // a file system that cannot exchange
            check(LibC.renameat(folder, temporary, name));
            return true;
        }
        check(changed);
        // another file is put back at once, before anybody reads ours in its place
        Stat after = statIn(folder, temporary);
        boolean same = after != null
                && after.inode() == before.inode()
                && after.device() == before.device()
                && after.mtimeNanos() == before.mtimeNanos()
                && after.size() == before.size();
        if (same && Arrays.equals(readIn(folder, temporary, path), expected)) {
            return true;
        }
        check(LibC.renameat2(folder, temporary, name, LibC.RENAME_EXCHANGE));
        if (!Arrays.equals(readIn(folder, temporary, path), content)) {
            // somebody wrote once more meanwhile: the newest stays in force
            check(LibC.renameat2(folder, temporary, name, LibC.RENAME_EXCHANGE));
            byte[] older = readIn(folder, temporary, path);
            if (older != null) {
                displaced.accept(older);
            }
        }
        return false;
    }

    /** Null if there is nothing that could be looked at. */
    private static Stat statIn(int folder, String name) {
        int fd = LibC.openat(folder, name, LibC.O_PATH | LibC.O_NOFOLLOW | LibC.O_CLOEXEC, 0);
        if (fd < 0) {
            return null;
        }
        try {
            return LibC.stat(fd);
        } catch (Failure e) { // the same as nothing
            return null;
        } finally {
            LibC.close(fd);
        }
    }

    private boolean takeAway(
            int folder, String name, String temporary, byte[] expected, Path path, Consumer<byte[]> displaced)
            throws Failure, Trouble {
        int taken = LibC.renameat(folder, name, temporary);
        if (taken == -LibC.ENOENT) {
            return false;
        }
        check(taken);
        byte[] former = readIn(folder, temporary, path);
        if (Arrays.equals(former, expected)) {
            check(LibC.unlinkat(folder, temporary, 0));
            return true;
        }
        int back = LibC.renameat2(folder, temporary, name, LibC.RENAME_NOREPLACE);
        if (back == -LibC.EEXIST && former != null) { // a newer one is there already
            displaced.accept(former);
            check(LibC.unlinkat(folder, temporary, 0));
        } else {
            check(back);
        }
        return false;
    }

    /** The content of a regular file, once nobody writes it any more who had it open; null if it is none, or too large. */
    private static byte[] readIn(int folder, String name, Path path) {
        int fd = LibC.openat(folder, name, LibC.O_RDONLY | LibC.O_NONBLOCK | LibC.O_NOFOLLOW | LibC.O_CLOEXEC, 0);
        if (fd < 0) {
            return null;
        }
        try {
            long end = System.nanoTime() + WRITERS_LIMIT.toNanos();
            while (LibC.leaseForReading(fd) == -LibC.EAGAIN && System.nanoTime() < end) {
                LockSupport.parkNanos(WRITERS_PAUSE.toNanos());
            }
            Stat s = LibC.stat(fd);
            return s.isFile() && s.size() <= KeptFiles.LIMIT_BYTES ? readAll(fd, KeptFiles.LIMIT_BYTES, path) : null;
        } catch (Failure | Trouble e) { // then it is not what was expected, whatever it is
            return null;
        } finally {
            LibC.close(fd);
        }
    }

    private int create(int folder, String temporary, Path path) throws Failure, Trouble {
        for (int i = 0; i < TEMPORARY_TRIES; i++) {
            int fd = LibC.openat(
                    folder,
                    temporary,
                    LibC.O_WRONLY | LibC.O_CREAT | LibC.O_EXCL | LibC.O_NOFOLLOW | LibC.O_CLOEXEC,
                    0600);
            if (fd >= 0) {
                return fd;
            }
            if (fd != -LibC.EEXIST) {
                throw new Failure(-fd);
            }
            check(LibC.unlinkat(folder, temporary, 0)); // left by a killed daemon
        }
        throw Trouble.conflict(
                "somebody keeps making " + temporary + " beside " + path, "look who may write to " + path.getParent());
    }

    private static void writeAll(int fd, byte[] content, Path path) throws Failure {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate(Math.clamp(content.length, 1, PIECE_BYTES));
            int done = 0;
            while (done < content.length) {
                int piece = (int) Math.min(buffer.byteSize(), content.length - done);
                MemorySegment.copy(content, done, buffer, ValueLayout.JAVA_BYTE, 0, piece);
                long n = LibC.write(fd, buffer.asSlice(0, piece));
                if (n == -LibC.EINTR) {
                    continue;
                }
                if (n < 0) {
                    throw new Failure((int) -n);
                }
                done += (int) n;
            }
        }
    }

    @Override
    public void makeFolder(Path path, int mode, int uid, int gid) throws Trouble {
        inFolderOf(path, "make the folder", (folder, name) -> {
            int made = LibC.mkdirat(folder, name, 0700);
            if (made < 0 && made != -LibC.EEXIST) {
                throw new Failure(-made);
            }
            setAttributes(folder, name, mode, uid, gid, path);
            check(LibC.fsync(folder));
        });
    }

    @Override
    public void makeLink(Path path, String target, int uid, int gid, Displaced displaced) throws Trouble {
        inFolderOf(path, "make the link", (folder, name) -> {
            String temporary = temporary(name);
            int made = LibC.symlinkat(target, folder, temporary);
            if (made == -LibC.EEXIST) {
                check(LibC.unlinkat(folder, temporary, 0));
                made = LibC.symlinkat(target, folder, temporary);
            }
            check(made);
            int fd = LibC.openat(folder, temporary, LibC.O_PATH | LibC.O_NOFOLLOW | LibC.O_CLOEXEC, 0);
            check(fd);
            try {
                check(LibC.chownOpened(fd, uid, gid));
            } finally {
                LibC.close(fd);
            }
            place(folder, temporary, name, path, displaced);
            check(LibC.fsync(folder));
        });
    }

    @Override
    public void attributes(Path path, int mode, int uid, int gid) throws Trouble {
        inFolderOf(
                path, "change the attributes of", (folder, name) -> setAttributes(folder, name, mode, uid, gid, path));
    }

    private static void setAttributes(int folder, String name, int mode, int uid, int gid, Path path)
            throws Failure, Trouble {
        int fd = LibC.openat(folder, name, LibC.O_PATH | LibC.O_NOFOLLOW | LibC.O_CLOEXEC, 0);
        check(fd);
        try {
            Stat s = LibC.stat(fd);
            if (s.isFile() && s.links() > 1 && s.uid() != uid) {
                // else a hard link to another's file, placed by whoever may write here, would be given away
                throw Trouble.conflict(
                        path + " has " + s.links() + " hard links and belongs to uid " + s.uid(),
                        "remove the other links (find -inum " + s.inode() + ")");
            }
            if (s.uid() != uid || s.gid() != gid) {
                check(LibC.chownOpened(fd, uid, gid));
            }
            if (!s.isLink()) {
                check(LibC.chmodOpened(fd, mode)); // after chown, which clears the set-uid bit
            }
        } finally {
            LibC.close(fd);
        }
    }

    @Override
    public void remove(Path path, Displaced displaced) throws Trouble {
        inFolderOf(path, "remove", (folder, name) -> {
            if (displaced == null) {
                int removed = LibC.unlinkat(folder, name, 0);
                if (removed == -LibC.EISDIR) {
                    removed = LibC.unlinkat(folder, name, LibC.AT_REMOVEDIR);
                }
                if (removed < 0 && removed != -LibC.ENOENT) {
                    throw new Failure(-removed);
                }
            } else {
                removeGiving(folder, name, path, displaced);
            }
            check(LibC.fsync(folder));
        });
    }

    private static void removeGiving(int folder, String name, Path path, Displaced displaced) throws Failure, Trouble {
        String temporary = temporary(name);
        int taken = LibC.renameat(folder, name, temporary);
        if (taken == -LibC.ENOENT) {
            return;
        }
        check(taken);
        boolean given = false;
        try {
            giveFormer(folder, temporary, path, displaced);
            given = true;
        } finally {
            if (!given) { // if something is there again, that is newer, and this stays where it is
                LibC.renameat2(folder, temporary, name, LibC.RENAME_NOREPLACE);
            }
        }
        check(LibC.unlinkat(folder, temporary, 0));
    }

    private interface InFolder {
        void act(int folder, String name) throws Failure, Trouble;
    }

    private void inFolderOf(Path path, String doing, InFolder act) throws Trouble {
        Path parent = path.getParent();
        if (!path.isAbsolute() || parent == null) {
            throw new IllegalArgumentException("not an absolute path below /: " + path);
        }
        int folder = open(parent, LibC.O_RDONLY | LibC.O_DIRECTORY);
        if (folder < 0) {
            if (folder == -LibC.ENOENT) {
                throw Trouble.invalid(
                        "cannot " + doing + " " + path + ": there is no folder " + parent,
                        "declare it under files with type: folder, or make it");
            }
            throw trouble(doing, path, -folder);
        }
        try {
            act.act(folder, path.getFileName().toString());
        } catch (Failure e) {
            if (e.errno == LibC.EPERM) {
                refuseImmutable(doing, path, folder);
            }
            throw trouble(doing, path, e.errno);
        } finally {
            LibC.close(folder);
        }
    }

    /** Root is not permitted only what an attribute forbids everybody: says of which of the two. */
    private static void refuseImmutable(String doing, Path path, int folder) throws Trouble {
        int fd = LibC.openat(folder, path.getFileName().toString(), LibC.O_PATH | LibC.O_NOFOLLOW | LibC.O_CLOEXEC, 0);
        try {
            if (fd >= 0) {
                refuseImmutable(doing, path, path, LibC.stat(fd));
            }
            refuseImmutable(doing, path, path.getParent(), LibC.stat(folder));
        } catch (Failure e) {
            throw trouble(doing, path, e.errno);
        } finally {
            if (fd >= 0) {
                LibC.close(fd);
            }
        }
    }

    private static void refuseImmutable(String doing, Path path, Path which, Stat s) throws Trouble {
        if (s.isImmutable() || s.isAppendOnly()) {
            String flag = s.isImmutable() ? "i" : "a";
            throw Trouble.conflict(
                    "cannot " + doing + " " + path + ": " + which + " was made "
                            + (s.isImmutable() ? "immutable" : "append-only") + " (chattr +" + flag + ")",
                    "chattr -" + flag + " " + which);
        }
    }

    /** Opens a path; the last component is not followed, links before it only if they can be trusted. A negative errno if not. */
    private int open(Path path, int flags) throws Trouble {
        int all = flags | LibC.O_NOFOLLOW | LibC.O_CLOEXEC;
        int fd = LibC.openat2(LibC.AT_FDCWD, path.toString(), all, LibC.RESOLVE_NO_SYMLINKS);
        return switch (fd) {
            case -LibC.ELOOP, -LibC.ENOSYS, -LibC.EPERM -> walk(path, all);
            default -> fd;
        };
    }

    /** Opens component by component, following links of root's (and our own) only. */
    private int walk(Path path, int flags) throws Trouble {
        Deque<String> ahead = new ArrayDeque<>();
        path.forEach(p -> ahead.add(p.toString()));
        int folder = LibC.openat(LibC.AT_FDCWD, "/", LibC.O_PATH | LibC.O_DIRECTORY | LibC.O_CLOEXEC, 0);
        int links = 0;
        try {
            while (true) {
                String name = ahead.poll();
                if (name == null) { // a link led to "/" itself
                    return LibC.openat(folder, ".", flags, 0);
                }
                if (ahead.isEmpty()) {
                    int last = LibC.openat(folder, name, flags, 0);
                    if (last != -LibC.ELOOP) {
                        return last; // also ENOTDIR: a link where a folder is wanted
                    }
                }
                int next = LibC.openat(folder, name, LibC.O_PATH | LibC.O_NOFOLLOW | LibC.O_CLOEXEC, 0);
                if (next < 0) {
                    return next;
                }
                Stat s;
                String target = "";
                try {
                    s = LibC.stat(next);
                    if (s.isLink()) {
                        target = LibC.readlink(next);
                    }
                } catch (Failure e) {
                    LibC.close(next);
                    return -e.errno;
                }
                if (!s.isLink()) {
                    LibC.close(folder);
                    folder = next;
                    continue;
                }
                LibC.close(next);
                if (ahead.isEmpty()) {
                    return -LibC.ELOOP; // the last component is not followed
                }
                if (s.uid() != 0 && s.uid() != ownUid) {
                    throw Trouble.conflict(
                            path + " leads through the symbolic link \"" + name + "\" -> " + target + " that uid "
                                    + s.uid() + " made",
                            "declare the real path, or let root make the link");
                }
                if (++links > LINKS_LIMIT) {
                    return -LibC.ELOOP;
                }
                List<String> parts = new ArrayList<>();
                Path.of(target).forEach(p -> parts.add(p.toString()));
                parts.reversed().forEach(ahead::addFirst);
                if (target.startsWith("/")) {
                    LibC.close(folder);
                    folder = LibC.openat(LibC.AT_FDCWD, "/", LibC.O_PATH | LibC.O_DIRECTORY | LibC.O_CLOEXEC, 0);
                }
            }
        } finally {
            LibC.close(folder);
        }
    }

    /** The same for the same name, so that what a killed daemon left is found and used up by the next write. */
    private static String temporary(String name) {
        CRC32 crc = new CRC32();
        crc.update(name.getBytes(UTF_8));
        return ".homeostat-" + HexFormat.of().toHexDigits((int) crc.getValue());
    }

    private static int check(int result) throws Failure {
        if (result < 0) {
            throw new Failure(-result);
        }
        return result;
    }

    private static Trouble trouble(String doing, Path path, int errno) {
        String message = "cannot " + doing + " " + path + ": " + LibC.text(errno);
        return switch (errno) {
            case LibC.EISDIR, LibC.ENOTEMPTY, LibC.ENOTDIR, LibC.ELOOP, LibC.EEXIST ->
                Trouble.conflict(message, "move away what is there, or correct the declaration");
            case LibC.EBUSY -> Trouble.conflict(message, "see what is mounted there: findmnt " + path);
            case LibC.EROFS ->
                new Trouble(Trouble.Sort.TRANSIENT, message, "see how it is mounted: findmnt -T " + path);
            case LibC.ENOSPC, LibC.EDQUOT -> new Trouble(Trouble.Sort.TRANSIENT, message, "free some space");
            default -> Trouble.passing(message);
        };
    }

    private static int ownUid() {
        int fd = LibC.openat(LibC.AT_FDCWD, "/proc/self", LibC.O_PATH | LibC.O_CLOEXEC, 0);
        try {
            return fd < 0 ? 0 : LibC.stat(fd).uid();
        } catch (Failure e) {
            throw new IllegalStateException("cannot tell who we are: /proc/self: " + e.getMessage(), e);
        } finally {
            LibC.close(fd);
        }
    }
}
