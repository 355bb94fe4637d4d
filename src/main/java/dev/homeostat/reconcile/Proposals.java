package dev.homeostat.reconcile;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.github.difflib.DiffUtils;
import com.github.difflib.UnifiedDiffUtils;
import com.github.difflib.patch.Patch;
import dev.homeostat.declaration.Declaration;
import dev.homeostat.declaration.DeclarationFiles;
import dev.homeostat.declaration.InvalidDeclaration;
import dev.homeostat.host.Locations;
import dev.homeostat.host.posix.FileFacts;
import dev.homeostat.host.posix.KeptFiles;
import dev.homeostat.host.posix.SafeFiles;
import dev.homeostat.resource.Json;
import dev.homeostat.resource.Sha256;
import dev.homeostat.resource.Trouble;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jboss.logging.Logger;

/**
 * Edits of the declaration that wait for a person, kept in the state folder: {@code proposals/HASH.json}, readable by the
 * daemon's user only, because a declaration may hold secrets. For the same reason their content is in no message. Thread-safe.
 */
@ApplicationScoped
public class Proposals {
    private static final Logger LOG = Logger.getLogger(Proposals.class);

    /** Longer declarations are written by programs, and no diff of them is read by a person. */
    static final int CONTENT_LIMIT_BYTES = 256 * 1024;
    /** Fits a line or two on a screen. */
    static final int WHY_LIMIT_CHARS = 500;
    /** More than that no person decides about. */
    static final int WAITING_LIMIT = 16;
    /** Older ones are about a machine that is another by now. */
    static final Duration AGE_LIMIT = Duration.ofDays(7);
    /** So many digits as nobody meets by chance, and other than those of approvals. */
    private static final int HASH_DIGITS = 12;

    private static final int CONTEXT_LINES = 3;
    /** JSON may write a byte as six characters. */
    private static final long STORED_LIMIT_BYTES = 8L * CONTENT_LIMIT_BYTES;

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,99}\\.yaml");
    private static final String ENDING = ".json";
    /** As chown(2) has it: the daemon's own. */
    private static final int SAME = -1;

    private static final int FILE_MODE = 0644;
    private static final int FOLDER_MODE = 0755;

    /**
     * As it is stored.
     *
     * @param before digest of what the file said; empty if there was none
     */
    private record Kept(
            String hash,
            Path path,
            String why,
            String by,
            Instant at,
            String before,
            int added,
            int removed,
            String content) {}

    private final DeclarationFiles files;
    private final SafeFiles safe;
    private final KeptFiles former;
    private final InstantSource clock;
    private final Path folder;
    /** Null until they were read. Guarded by this. */
    private Map<String, Kept> waiting;

    public Proposals(
            DeclarationFiles files, SafeFiles safe, KeptFiles former, Locations locations, InstantSource clock) {
        this.files = files;
        this.safe = safe;
        this.former = former;
        this.clock = clock;
        this.folder = locations.state().resolve("proposals");
    }

    /** What the declaration would be. */
    @FunctionalInterface
    interface Reader {
        Declaration read(SequencedMap<String, byte[]> contents) throws InvalidDeclaration;
    }

    /** What is to be done for it. */
    @FunctionalInterface
    interface Planned {
        Plan of(Declaration declaration);
    }

    /**
     * Keeps an edit, if it makes a valid declaration.
     *
     * @param name {@code machine.yaml}, or of a file in machine.d
     * @throws Refusal that names no content
     */
    Proposal.Shown propose(
            String name, String content, String why, boolean onlyIfChanged, Actor by, Reader reader, Planned planned)
            throws Refusal {
        Path path = path(name);
        visible("why", why);
        visible("the content", content);
        if (why.isBlank() || why.length() > WHY_LIMIT_CHARS || why.indexOf('\n') >= 0) {
            throw new Refusal(Refusal.Sort.CONFLICT, "why is one line of 1 to " + WHY_LIMIT_CHARS + " characters");
        }
        byte[] bytes = content.getBytes(UTF_8);
        if (bytes.length > CONTENT_LIMIT_BYTES) {
            throw new Refusal(
                    Refusal.Sort.CONFLICT,
                    "a proposal has at most " + CONTENT_LIMIT_BYTES / 1024 + " KiB; this one has " + bytes.length
                            + " bytes");
        }
        SequencedMap<String, byte[]> present = present();
        byte[] before = present.get(path.toString());
        Declaration declaration = read(merged(present, path, bytes), reader);
        String digest = digest(before);
        Patch<String> patch = DiffUtils.diff(lines(before), lines(bytes));
        if (patch.getDeltas().isEmpty()) {
            throw new Refusal(Refusal.Sort.CONFLICT, path + " says that already");
        }
        if (onlyIfChanged && saysTheSame(declaration, present, reader)) {
            throw new Refusal(Refusal.Sort.CONFLICT, "nothing would change: all of that is declared already");
        }
        Kept kept = new Kept(
                hash(path, digest, content),
                path,
                why,
                by.toString(),
                clock.instant(),
                digest,
                patch.getDeltas().stream().mapToInt(d -> d.getTarget().size()).sum(),
                patch.getDeltas().stream().mapToInt(d -> d.getSource().size()).sum(),
                content);
        Plan plan = planned.of(declaration);
        return new Proposal.Shown(told(keep(kept)), diff(path, before, bytes), plan);
    }

    /** Whether the files as they are declare the same. */
    private static boolean saysTheSame(Declaration declaration, SequencedMap<String, byte[]> present, Reader reader) {
        try {
            return reader.read(present).revision().equals(declaration.revision());
        } catch (InvalidDeclaration e) {
            return false; // so it would be mended
        }
    }

    synchronized List<Proposal> list() {
        return waiting().values().stream()
                .sorted(Comparator.comparing(Kept::at))
                .map(this::told)
                .toList();
    }

    synchronized boolean has(String hash) {
        return waiting().containsKey(hash);
    }

    /** @throws Refusal also if it was made for another state of the file, or that with it the declaration is not valid any more */
    Proposal.Shown show(String hash, Reader reader, Planned planned) throws Refusal {
        Kept kept = find(hash);
        SequencedMap<String, byte[]> present = present();
        byte[] before = unmoved(kept, present);
        byte[] content = kept.content().getBytes(UTF_8);
        Declaration declaration = read(merged(present, kept.path(), content), reader);
        return new Proposal.Shown(told(kept), diff(kept.path(), before, content), planned.of(declaration));
    }

    /** A person wants it so: puts it in place, where the loop finds it as it finds any edit. */
    synchronized Proposal place(String hash, Reader reader) throws Refusal {
        Kept kept = find(hash);
        byte[] content = kept.content().getBytes(UTF_8);
        SequencedMap<String, byte[]> present = present();
        if (digest(present.get(kept.path().toString())).equals(Sha256.hex(content))) {
            forget(kept); // the daemon was killed after it had written it
            return told(kept);
        }
        byte[] before = unmoved(kept, present);
        Optional<String> obstacle = obstacle(kept.path());
        if (obstacle.isPresent()) {
            throw new Refusal(Refusal.Sort.CONFLICT, obstacle.get());
        }
        if (files.areBeingWritten()) {
            throw new Refusal(
                    Refusal.Sort.CONFLICT, "an editor has the declaration open for writing: save and close it first");
        }
        read(merged(present, kept.path(), content), reader);
        Refusal.forTrouble(() -> {
            write(kept, before, content);
            return null;
        });
        forget(kept);
        return told(kept);
    }

    private void write(Kept kept, byte[] before, byte[] content) throws Trouble {
        Path path = kept.path();
        Optional<FileFacts> facts = safe.look(path);
        if (before != null) {
            former.keep(path, before);
        }
        safe.makeWay(path.getParent(), FOLDER_MODE, SAME, SAME);
        boolean written = safe.replaceIf(
                path,
                before,
                content,
                facts.map(FileFacts::mode).orElse(FILE_MODE),
                facts.map(FileFacts::uid).orElse(SAME),
                facts.map(FileFacts::gid).orElse(SAME),
                edit -> keepAside(path, edit));
        if (!written) {
            throw Trouble.conflict(
                    path + " was edited at this very moment, and is left as it is", "look at it, and propose it anew");
        }
        LOG.infof("proposal %s is in place: %s", kept.hash(), path);
    }

    /** What two others wrote in the same moment, and only one of them can have stayed. */
    private void keepAside(Path path, byte[] edit) {
        try {
            former.keep(path, edit);
        } catch (Trouble e) {
            LOG.errorf("an edit of %s, made while another was put back, could not be kept: %s", path, e.sentence());
        }
    }

    synchronized Proposal drop(String hash) throws Refusal {
        Kept kept = find(hash);
        forget(kept);
        return told(kept);
    }

    // ---- the declaration's files

    private Path path(String name) throws Refusal {
        String plain = name.startsWith(Locations.DECLARATION_FOLDER + "/")
                ? name.substring(Locations.DECLARATION_FOLDER.length() + 1)
                : name;
        if (plain.equals(Locations.DECLARATION) && plain.equals(name)) {
            return files.file();
        }
        if (!NAME.matcher(plain).matches()) {
            throw new Refusal(
                    Refusal.Sort.CONFLICT,
                    "a proposal is for " + Locations.DECLARATION + " or for a file in " + Locations.DECLARATION_FOLDER
                            + ", such as desk.yaml");
        }
        return files.folder().resolve(plain);
    }

    private SequencedMap<String, byte[]> present() throws Refusal {
        try {
            return files.read();
        } catch (InvalidDeclaration e) {
            throw new Refusal(Refusal.Sort.INVALID, "the declaration's files cannot be used", e.problems());
        }
    }

    /** machine.yaml first, the others by name, as they are read. */
    private SequencedMap<String, byte[]> merged(SequencedMap<String, byte[]> present, Path path, byte[] content)
            throws Refusal {
        Map<String, byte[]> all = new TreeMap<>(present);
        all.put(path.toString(), content);
        byte[] first = all.remove(files.file().toString());
        if (first == null) {
            throw new Refusal(Refusal.Sort.NOT_FOUND, "there is no machine.yaml: propose that first");
        }
        SequencedMap<String, byte[]> merged = new LinkedHashMap<>();
        merged.put(files.file().toString(), first);
        merged.putAll(all);
        return merged;
    }

    private static Declaration read(SequencedMap<String, byte[]> contents, Reader reader) throws Refusal {
        try {
            return reader.read(contents);
        } catch (InvalidDeclaration e) {
            // what is wrong may quote the content, so it is not in the sentence, which is audited
            throw new Refusal(
                    Refusal.Sort.INVALID,
                    "what is proposed is no valid declaration, " + e.problems().size() + " problems",
                    e.problems());
        }
    }

    /** @return what the file says; null if there is none */
    private static byte[] unmoved(Kept kept, SequencedMap<String, byte[]> present) throws Refusal {
        byte[] now = present.get(kept.path().toString());
        if (!digest(now).equals(kept.before())) {
            throw new Refusal(
                    Refusal.Sort.MOVED,
                    "proposal " + kept.hash() + " was made for another state: " + kept.path()
                            + " was edited since; have it proposed anew, or: homeostat decline " + kept.hash());
        }
        return now;
    }

    /** Why a file is not ours to write. */
    private Optional<String> obstacle(Path path) {
        String yours = ": this edit is its owner's to make; homeostat approve shows it";
        for (Path at : List.of(files.file().getParent(), files.folder(), path)) {
            if (Files.isSymbolicLink(at) && path.startsWith(at)) {
                return Optional.of(at + " is a link to " + target(at) + yours);
            }
        }
        try {
            Path there = Files.exists(path) ? path : files.file().getParent();
            if (Files.getFileStore(there).isReadOnly()) {
                return Optional.of(path + " is on a file system that is read-only" + yours);
            }
        } catch (IOException e) {
            return Optional.of(path + " cannot be looked at (" + e.getMessage() + ")" + yours);
        }
        return Optional.empty();
    }

    private static String target(Path link) {
        try {
            return Files.readSymbolicLink(link).toString();
        } catch (IOException e) {
            return "what cannot be read (" + e.getMessage() + ")";
        }
    }

    /**
     * That a person sees all there is: what moves the cursor, turns the direction of writing or has no width could show
     * another diff than the one that is approved.
     */
    private static void visible(String what, String text) throws Refusal {
        int line = 1;
        for (int i = 0; i < text.length(); i += Character.charCount(text.codePointAt(i))) {
            int c = text.codePointAt(i);
            line += c == '\n' ? 1 : 0;
            boolean hidden = switch (Character.getType(c)) {
                case Character.CONTROL -> c != '\n' && c != '\t';
                case Character.FORMAT,
                        Character.SURROGATE,
                        Character.LINE_SEPARATOR,
                        Character.PARAGRAPH_SEPARATOR,
                        Character.PRIVATE_USE,
                        Character.UNASSIGNED -> true;
                default -> false;
            };
            if (hidden) {
                throw new Refusal(
                        Refusal.Sort.CONFLICT,
                        what + " has in line " + line + " the character " + String.format("U+%04X", c)
                                + ", which a person would not see: write it as an escape, or leave it out");
            }
        }
    }

    private static String diff(Path path, byte[] before, byte[] after) {
        List<String> from = lines(before);
        String name = before == null ? "/dev/null" : path.toString();
        return String.join(
                "\n",
                UnifiedDiffUtils.generateUnifiedDiff(
                        name, path.toString(), from, DiffUtils.diff(from, lines(after)), CONTEXT_LINES));
    }

    private static List<String> lines(byte[] content) {
        return content == null || content.length == 0 ? List.of() : List.of(new String(content, UTF_8).split("\n", -1));
    }

    private static String digest(byte[] content) {
        return content == null ? "" : Sha256.hex(content);
    }

    private static String hash(Path path, String before, String content) {
        return Sha256.hex(Json.write(List.of(path.toString(), before, content))).substring(0, HASH_DIGITS);
    }

    // ---- what is kept

    private Proposal told(Kept kept) {
        return new Proposal(
                kept.hash(),
                kept.path().toString(),
                kept.why(),
                kept.by(),
                kept.at(),
                kept.added(),
                kept.removed(),
                obstacle(kept.path()));
    }

    private synchronized Kept find(String hash) throws Refusal {
        Kept kept = waiting().get(hash);
        if (kept == null) {
            throw new Refusal(
                    Refusal.Sort.NOT_FOUND,
                    "no proposal is called \"" + hash + "\"; homeostat approve lists those that wait");
        }
        return kept;
    }

    /** The same again is the one that is there. */
    private synchronized Kept keep(Kept kept) throws Refusal {
        Map<String, Kept> all = waiting();
        Kept there = all.get(kept.hash());
        if (there != null) {
            return there;
        }
        if (all.size() >= WAITING_LIMIT) {
            throw new Refusal(
                    Refusal.Sort.CONFLICT,
                    WAITING_LIMIT + " proposals wait already: a person has to approve or decline some first");
        }
        Refusal.forTrouble(() -> {
            safe.makeWay(folder, 0700, SAME, SAME);
            safe.write(file(kept), Json.write(kept).getBytes(UTF_8), 0600, SAME, SAME);
            return null;
        });
        all.put(kept.hash(), kept);
        return kept;
    }

    private void forget(Kept kept) {
        waiting().remove(kept.hash());
        remove(file(kept));
    }

    private void remove(Path file) {
        try {
            safe.remove(file);
        } catch (Trouble e) {
            LOG.warnf("a proposal that is over stays in the state folder: %s", e.sentence());
        }
    }

    private Path file(Kept kept) {
        return folder.resolve(kept.hash() + ENDING);
    }

    /** Without those that are too old. */
    private Map<String, Kept> waiting() {
        if (waiting == null) {
            waiting = stored();
        }
        Instant oldest = clock.instant().minus(AGE_LIMIT);
        List<Kept> over =
                waiting.values().stream().filter(k -> k.at().isBefore(oldest)).toList();
        for (Kept kept : over) {
            waiting.remove(kept.hash());
            remove(file(kept));
        }
        return waiting;
    }

    private Map<String, Kept> stored() {
        Map<String, Kept> all = new LinkedHashMap<>();
        try {
            for (String name : safe.list(folder)) {
                if (name.endsWith(ENDING) && !name.startsWith(".")) {
                    stored(folder.resolve(name)).ifPresent(k -> all.put(k.hash(), k));
                }
            }
        } catch (Trouble e) {
            LOG.warnf("proposals of before cannot be read: %s", e.sentence());
        }
        return all;
    }

    private Optional<Kept> stored(Path file) {
        try {
            Kept kept = Json.read(new String(safe.read(file, STORED_LIMIT_BYTES), UTF_8), Kept.class);
            boolean whole = kept.hash().equals(hash(kept.path(), kept.before(), kept.content()))
                    && (kept.path().equals(files.file())
                            || files.folder().equals(kept.path().getParent()));
            if (whole) {
                return Optional.of(kept);
            }
            LOG.warnf("%s is not as it was written, and is ignored", file);
        } catch (Trouble | IllegalArgumentException e) {
            LOG.warnf("%s cannot be read, and is ignored", file);
        }
        return Optional.empty();
    }
}
