package dev.homeostat.ai.model;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.homeostat.resource.Json;
import dev.homeostat.resource.Trouble;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;

/**
 * A file on its way, its digest so far, and what is noted of it so that another process can go on with it. Held by one
 * process at a time. For one thread.
 */
final class Partial implements AutoCloseable {
    private static final Path BOOT = Path.of("/proc/sys/kernel/random/boot_id");

    private final ModelFolder folder;
    private final Order order;
    private final FileChannel channel;
    private final Path note;
    private MessageDigest digest = sha256();
    private long bytes;
    /** The note is for those who would ask again. */
    private boolean refused;
    /** It has another name by now. */
    private boolean placed;

    /**
     * What is noted beside a part.
     *
     * @param validator that the server gave: a strong ETag or the date of its last modification; null if neither
     * @param boot of the machine: after another one its end may not be what was written
     * @param served length that the server had, if that was not the declared one; null else
     * @param declared length that it was to have then; null if {@code served} is
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Note(String url, String validator, String boot, Long served, Long declared) {
        /** Empty if it is none. */
        static Optional<Note> parse(String text) {
            try {
                return Optional.ofNullable(Json.read(text, Note.class)).filter(n -> n.url() != null);
            } catch (IllegalArgumentException e) {
                return Optional.empty();
            }
        }
    }

    private Partial(ModelFolder folder, Order order, FileChannel channel) {
        this.folder = folder;
        this.order = order;
        this.channel = requireNonNull(channel, "channel is null");
        this.note = order.folder()
                .resolve(Receipt.besides(order.part().getFileName().toString()));
    }

    /** @throws Trouble transient if another process has it */
    static Partial open(ModelFolder folder, Order order) throws Trouble, IOException {
        FileChannel channel = folder.openPart(order.part());
        try {
            FileLock lock = channel.tryLock();
            if (lock == null || folder.look(order.part()).isEmpty()) { // or had it, and removed it meanwhile
                channel.close();
                throw Trouble.passing(order.part() + " is being written by another process");
            }
        } catch (OverlappingFileLockException e) {
            channel.close();
            throw Trouble.passing(order.part() + " is being written already", e);
        }
        return new Partial(folder, order, channel);
    }

    long bytes() {
        return bytes;
    }

    String sha256Hex() {
        try {
            return HexFormat.of().formatHex(((MessageDigest) digest.clone()).digest());
        } catch (CloneNotSupportedException e) {
            throw new IllegalStateException("the JDK's SHA-256 can be copied", e);
        }
    }

    /**
     * Takes up what an earlier process left, if that is sure to be the beginning of the same: what is checked against a hash
     * in the end, or what the server itself will vouch for and this boot of the machine has written.
     *
     * @return what the server gave with it; empty if it begins anew, or gave nothing
     */
    Optional<String> resume(Progress progress) throws Trouble, IOException {
        Note left = folder.note(note).flatMap(Note::parse).orElse(null);
        boolean sure = left != null
                && left.url().equals(order.source().url())
                && (order.expected() != null || left.validator() != null && boot().equals(left.boot()));
        if (!sure || channel.size() == 0) {
            restart();
            return Optional.empty();
        }
        long size = channel.size();
        hash(channel, size, digest, progress);
        bytes = size;
        return Optional.ofNullable(left.validator());
    }

    void restart() throws Trouble {
        try {
            channel.truncate(0);
            channel.position(0);
        } catch (IOException e) {
            throw folder.unwritten(order.part(), e);
        }
        digest = sha256();
        bytes = 0;
    }

    /** From now on what comes is part of that. */
    void belongsTo(String validator) throws Trouble, IOException {
        write(new Note(order.source().url(), validator, boot(), null, null));
    }

    /** The server has another length than the declared one, so that asking again would bring that again. */
    void hasOtherLength(String validator, long served, long declared) throws Trouble, IOException {
        write(new Note(order.source().url(), validator, boot(), served, declared));
        refused = true;
    }

    private void write(Note next) throws Trouble {
        try {
            folder.write(note, next);
        } catch (IOException e) {
            throw folder.unwritten(note, e);
        }
    }

    void add(byte[] piece, int length) throws Trouble {
        ByteBuffer buffer = ByteBuffer.wrap(piece, 0, length);
        try {
            while (buffer.hasRemaining()) {
                channel.write(buffer, bytes + buffer.position());
            }
        } catch (IOException e) {
            throw folder.unwritten(order.part(), e);
        }
        digest.update(piece, 0, length);
        bytes += length;
    }

    /** Copies a file to it, sharing its blocks where the file system can, and hashes what arrived. */
    void copy(FileChannel from, Progress progress) throws Trouble, IOException {
        restart();
        long size = from.size();
        while (bytes < size) {
            long copied;
            try {
                copied = channel.transferFrom(from, bytes, Math.min(Progress.STEP_BYTES, size - bytes));
            } catch (IOException e) {
                throw folder.unwritten(order.part(), e);
            }
            if (copied <= 0) {
                throw Trouble.passing(order.source().file() + " became shorter while it was copied");
            }
            bytes += copied;
            progress.tell("copied", bytes, size);
        }
        hash(channel, size, digest, progress);
    }

    /** The file is whole: it takes its place, with a note of what it is. */
    void place(String from) throws Trouble, IOException {
        Path file = order.file();
        Path noted = order.folder().resolve(Receipt.besides(order.name()));
        Optional<Receipt> former = folder.note(noted).flatMap(Receipt::parse);
        if (former.isPresent() && folder.look(file).isPresent()) { // of another source: it is nobody's to throw away
            String aside = Receipt.aside(order.name(), former.get().sha256());
            folder.move(noted, order.folder().resolve(Receipt.besides(aside)));
            folder.move(file, order.folder().resolve(aside));
        }
        finish(order.file(), Receipt.besides(order.name()), from, null);
    }

    /**
     * The file is not what it should be: it is kept under another name.
     *
     * @return that name
     */
    String setAside(String from) throws Trouble {
        String name = Receipt.aside(order.name(), sha256Hex());
        finish(order.folder().resolve(name), Receipt.besides(name), from, order.expected());
        return name;
    }

    private void finish(Path place, String noteName, String from, String expected) throws Trouble {
        try {
            channel.force(true);
            ModelFolder.Facts facts = folder.look(order.part()).orElseThrow();
            folder.write(
                    order.folder().resolve(noteName),
                    new Receipt(sha256Hex(), facts.bytes(), facts.mtimeNanos(), facts.inode(), from, expected));
            folder.move(order.part(), place);
            placed = true;
            folder.remove(note);
        } catch (IOException e) {
            throw folder.unwritten(place, e);
        }
    }

    /** Hashes so much of a file from its beginning. */
    static void hash(FileChannel channel, long size, MessageDigest digest, Progress progress)
            throws Trouble, IOException {
        ByteBuffer piece = ByteBuffer.allocate(1 << 18);
        for (long at = 0; at < size; ) {
            piece.clear().limit((int) Math.min(piece.capacity(), size - at));
            int read = channel.read(piece, at);
            if (read < 0) {
                throw Trouble.passing("a file became shorter while it was read");
            }
            digest.update(piece.flip());
            at += read;
            progress.tell("checked", at, size);
        }
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    private static String boot() throws IOException {
        return Files.readString(BOOT).strip();
    }

    /** What has nothing in it is of no use to the next one. */
    @Override
    public void close() throws IOException {
        try (channel) {
            if (!placed && channel.size() == 0) {
                folder.remove(order.part());
                if (!refused) {
                    folder.remove(note);
                }
            }
        }
    }
}
