package dev.homeostat.ai.model;

import dev.homeostat.resource.Trouble;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Set;

/**
 * {@code homeostat model fetch}: brings one file of a model to its place. A main of its own, run for the owner of the file by
 * the daemon, to which it tells how it goes line by line ({@link Outcome}). Killed at any moment it leaves what the next one
 * goes on with.
 */
public final class Fetch {
    /** As sysexits.h has it. */
    private static final int USAGE_STATUS = 64;

    private static final int ERROR_STATUS = 1;

    private final Order order;
    private final Limits limits;
    private final Progress progress;

    private Fetch(Order order, Limits limits, Progress progress) {
        this.order = order;
        this.limits = limits;
        this.progress = progress;
    }

    /** @param args without the word model */
    public static void main(String... args) {
        System.exit(run(Limits.USUAL, System.out, args));
    }

    /** @return the exit status */
    static int run(Limits limits, PrintStream out, String... args) {
        Order order;
        try {
            order = Order.parse(args);
        } catch (Trouble t) {
            out.println(Outcome.trouble(t));
            System.err.println(Order.USAGE);
            return USAGE_STATUS;
        }
        try {
            new Fetch(order, limits, new Progress(out)).run();
            return 0;
        } catch (Trouble t) {
            out.println(Outcome.trouble(t));
        } catch (IOException e) {
            out.println(Outcome.trouble(Trouble.passing("cannot work in " + order.folder() + ": " + e, e)));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            out.println(Outcome.trouble(Trouble.passing("interrupted")));
        }
        return ERROR_STATUS;
    }

    private void run() throws Trouble, IOException, InterruptedException {
        ModelFolder folder = ModelFolder.open(order.folder());
        Optional<ModelFolder.Facts> there = folder.look(order.file());
        if (there.isPresent() && (order.checkOnly() || !isOfAnotherSource(folder))) {
            check(folder, there.get());
            return;
        }
        if (order.checkOnly()) {
            throw Trouble.passing(order.file() + " is gone");
        }
        try (Partial partial = Partial.open(folder, order)) {
            if (order.source().url() != null) {
                new Download(order, limits, folder, partial, progress).run();
            } else {
                copy(folder, partial);
            }
        }
    }

    /** It was fetched from elsewhere than is declared by now, and no hash says that it is the same. */
    private boolean isOfAnotherSource(ModelFolder folder) throws IOException {
        String from = receipt(folder).map(Receipt::from).orElse("");
        return order.expected() == null
                && !from.isEmpty()
                && !from.equals(order.source().origin());
    }

    private Optional<Receipt> receipt(ModelFolder folder) throws IOException {
        return folder.note(order.folder().resolve(Receipt.besides(order.name())))
                .flatMap(Receipt::parse);
    }

    /** A file that is there, which may have been put there by anybody: what it is, or that it is another. */
    private void check(ModelFolder folder, ModelFolder.Facts facts) throws Trouble, IOException {
        Path note = order.folder().resolve(Receipt.besides(order.name()));
        Optional<Receipt> before = receipt(folder);
        MessageDigest digest = Partial.sha256();
        try (FileChannel in =
                FileChannel.open(order.file(), Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS))) {
            Partial.hash(in, facts.bytes(), digest, progress);
        }
        String sha256 = HexFormat.of().formatHex(digest.digest());
        if (!folder.look(order.file()).equals(Optional.of(facts))) {
            throw Trouble.passing(order.file() + " was changed while it was read");
        }
        Long bytes = order.source().bytes();
        boolean right = (order.expected() == null || order.expected().equals(sha256))
                && (bytes == null || bytes == facts.bytes());
        if (right) {
            String from = before.filter(r -> r.sha256().equals(sha256))
                    .map(Receipt::from)
                    .orElse("");
            folder.write(note, new Receipt(sha256, facts.bytes(), facts.mtimeNanos(), facts.inode(), from, null));
            return;
        }
        String aside = Receipt.aside(order.name(), sha256);
        folder.write(
                order.folder().resolve(Receipt.besides(aside)),
                new Receipt(sha256, facts.bytes(), facts.mtimeNanos(), facts.inode(), "", order.expected()));
        folder.move(order.file(), order.folder().resolve(aside));
        throw Trouble.passing(order.name() + " was " + facts.bytes() + " bytes with sha256 " + sha256 + " instead of "
                + (bytes == null ? "" : bytes + " bytes") + (bytes == null || order.expected() == null ? "" : " with ")
                + (order.expected() == null ? "" : "sha256 " + order.expected()) + ", and is set aside as " + aside);
    }

    private void copy(ModelFolder folder, Partial partial) throws Trouble, IOException {
        String file = order.source().file();
        try (FileChannel from = FileChannel.open(Path.of(file), StandardOpenOption.READ)) {
            if (!Files.isRegularFile(Path.of(file))) {
                throw Trouble.invalid(file + " is no regular file", "correct ai.models.own");
            }
            long bytes = from.size();
            Long expected = order.source().bytes();
            if (expected != null && expected != bytes) {
                throw Trouble.invalid(
                        file + " has " + bytes + " bytes, declared are " + expected, "correct the file or its bytes");
            }
            folder.needs(bytes, bytes);
            partial.copy(from, progress);
        } catch (NoSuchFileException e) {
            throw Trouble.invalid("there is no file " + file, "put it there, or correct ai.models.own");
        } catch (java.nio.file.AccessDeniedException e) {
            throw Trouble.invalid(
                    file + " cannot be read by " + System.getProperty("user.name"), "let its user read it");
        }
        if (order.expected() != null && !order.expected().equals(partial.sha256Hex())) {
            throw wrong(order, partial, file + " has");
        }
        partial.place(order.source().origin());
    }

    /** Sets it aside, and says who brought what. */
    static Trouble wrong(Order order, Partial partial, String who) throws Trouble {
        String sha256 = partial.sha256Hex();
        String aside = partial.setAside(order.source().origin());
        return Trouble.conflict(
                who + " sha256 " + sha256 + " (" + partial.bytes() + " bytes) instead of " + order.expected()
                        + "; it is set aside as " + aside,
                Remedies.WRONG);
    }
}
