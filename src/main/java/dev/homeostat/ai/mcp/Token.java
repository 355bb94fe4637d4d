package dev.homeostat.ai.mcp;

import dev.homeostat.resource.Trouble;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Set;

/** What a client has to show over HTTP: loopback is open to every user of the machine. Made once, readable by its owner only. */
final class Token {
    /** As long as nobody guesses. */
    private static final int BYTES = 32;

    private static final String SCHEME = "Bearer ";

    private final byte[] header;

    private Token(String text) {
        this.header = (SCHEME + text).getBytes(StandardCharsets.US_ASCII);
    }

    /** @param home of the user whose server it is */
    static Path place(Path home) {
        return home.resolve(".config/ai-optimizer/mcp-token");
    }

    /** @throws Trouble also if others could have read or written it */
    static Token at(Path file) throws Trouble {
        try {
            if (Files.notExists(file, LinkOption.NOFOLLOW_LINKS)) {
                make(file);
            }
            return read(file);
        } catch (IOException e) {
            throw Trouble.passing("the token " + file + " cannot be had: " + e, e);
        }
    }

    private static void make(Path file) throws IOException {
        Files.createDirectories(
                file.getParent(), PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        byte[] random = new byte[BYTES];
        new SecureRandom().nextBytes(random);
        Path draft = file.resolveSibling(
                file.getFileName() + "." + ProcessHandle.current().pid());
        try (SeekableByteChannel out = Files.newByteChannel(
                draft,
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE, StandardOpenOption.SYNC),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
            ByteBuffer text =
                    ByteBuffer.wrap((HexFormat.of().formatHex(random) + "\n").getBytes(StandardCharsets.US_ASCII));
            while (text.hasRemaining()) {
                out.write(text);
            }
        }
        try {
            Files.createLink(file, draft);
        } catch (FileAlreadyExistsException e) {
            // another server of the same user was faster: its token is as good
            return;
        } finally {
            Files.delete(draft);
        }
    }

    private static Token read(Path file) throws IOException, Trouble {
        Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(file, LinkOption.NOFOLLOW_LINKS);
        Object owner = Files.getAttribute(file, "unix:uid", LinkOption.NOFOLLOW_LINKS);
        Object own = Files.getAttribute(Path.of("/proc/self"), "unix:uid");
        boolean regular = Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS);
        if (!regular
                || !owner.equals(own)
                || !PosixFilePermissions.fromString("rw-------").containsAll(permissions)) {
            throw Trouble.conflict(
                    file + " is not a file that only you can read",
                    "remove it: a new token is made at the next start, and clients have to be told of it");
        }
        try (InputStream in = Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS)) {
            String text = new String(in.readNBytes(4 * BYTES), StandardCharsets.US_ASCII).strip();
            if (!text.matches("[0-9a-f]{" + 2 * BYTES + "}")) {
                throw Trouble.conflict(file + " is no token", "remove it: a new one is made at the next start");
            }
            return new Token(text);
        }
    }

    /** Takes the same time for all that are wrong. */
    boolean isIn(String authorization) {
        return authorization != null
                && MessageDigest.isEqual(header, authorization.getBytes(StandardCharsets.ISO_8859_1));
    }
}
