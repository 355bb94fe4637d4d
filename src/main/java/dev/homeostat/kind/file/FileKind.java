package dev.homeostat.kind.file;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.homeostat.host.Locations;
import dev.homeostat.host.posix.Account;
import dev.homeostat.host.posix.Accounts;
import dev.homeostat.host.posix.FileFacts;
import dev.homeostat.host.posix.FolderWatch;
import dev.homeostat.host.posix.KeptFiles;
import dev.homeostat.host.posix.SafeFiles;
import dev.homeostat.host.posix.Unchanged;
import dev.homeostat.host.witness.Witness;
import dev.homeostat.resource.Action;
import dev.homeostat.resource.Assessment;
import dev.homeostat.resource.Desired;
import dev.homeostat.resource.Difference;
import dev.homeostat.resource.Impact;
import dev.homeostat.resource.Kind;
import dev.homeostat.resource.LookAgain;
import dev.homeostat.resource.Phase;
import dev.homeostat.resource.ResourceId;
import dev.homeostat.resource.Rival;
import dev.homeostat.resource.Scope;
import dev.homeostat.resource.Sha256;
import dev.homeostat.resource.Sighting;
import dev.homeostat.resource.Trouble;
import jakarta.enterprise.context.ApplicationScoped;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Files, folders and symbolic links.
 *
 * <p>What was there before and is replaced or removed is kept (see {@link KeptFiles}); what is too large to be kept is
 * touched only with an approval. A folder that is not empty is never removed.
 */
@ApplicationScoped
public class FileKind implements Kind<FileSpec, FileSeen> {
    public static final String NAME = "file";

    /** A larger file is no configuration; it is looked at, but not replaced. */
    static final long CONTENT_LIMIT_BYTES = 16L * 1024 * 1024;
    /** Longer content is not shown in diffs. */
    private static final int SHOWN_LIMIT_BYTES = 64 * 1024;

    private static final int NEW_FILE_MODE = 0644;
    private static final int NEW_SENSITIVE_MODE = 0600;
    private static final int NEW_FOLDER_MODE = 0755;

    private static final String WRITE = "write";
    private static final String MAKE = "make";
    private static final String LINK = "link";
    private static final String ATTRIBUTES = "attributes";
    private static final String REMOVE = "remove";

    private final SafeFiles files;
    private final Accounts accounts;
    private final FolderWatch folderWatch;
    private final KeptFiles kept;
    private final Locations locations;
    private final Unchanged<String> digests;
    private final Witness witness;
    private final InstantSource clock;
    /** To whom a file belonged that was about to be corrected, if that was somebody else than it should. */
    private final Map<ResourceId, Stranger> strangers = new ConcurrentHashMap<>();

    private record Stranger(int uid, Instant at) {}

    private AutoCloseable watching = () -> {};

    public FileKind(
            SafeFiles files,
            Accounts accounts,
            FolderWatch folderWatch,
            KeptFiles kept,
            Locations locations,
            Witness witness,
            InstantSource clock) {
        this.files = files;
        this.accounts = accounts;
        this.folderWatch = folderWatch;
        this.kept = kept;
        this.locations = locations;
        this.digests = new Unchanged<>(clock);
        this.witness = witness;
        this.clock = clock;
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Class<FileSpec> specType() {
        return FileSpec.class;
    }

    // ---- look

    @Override
    public Map<ResourceId, Sighting<FileSeen>> observe(Collection<Desired<FileSpec>> resources) {
        Names names = new Names();
        Map<ResourceId, Sighting<FileSeen>> answers = HashMap.newHashMap(resources.size());
        for (Desired<FileSpec> d : resources) {
            Sighting<FileSeen> answer;
            try {
                answer = new Sighting.Seen<>(look(d.spec(), names));
            } catch (Trouble t) {
                answer = new Sighting.Unclear<>(t);
            }
            answers.put(d.id(), answer);
        }
        return answers;
    }

    private FileSeen look(FileSpec spec, Names names) throws Trouble {
        Optional<FileFacts> found = files.look(spec.path());
        Content wanted = spec.source() == null ? null : content(spec.source(), sourceFacts(spec), true);
        String wantedSha = wanted == null ? null : wanted.sha256;
        if (found.isEmpty()) {
            return new FileSeen(null, null, wantedSha, null, null, false, null, shown(spec, wanted));
        }
        FileFacts facts = found.get();
        String owner = spec.owner() == null ? null : names.user(facts.uid());
        String group = spec.group() == null ? null : names.group(facts.gid());
        boolean empty = facts.type() == FileFacts.Type.FOLDER
                && spec.retired()
                && files.list(spec.path()).isEmpty();
        String desiredSha = wantedSha != null ? wantedSha : spec.sha256();
        if (facts.type() != FileFacts.Type.FILE || desiredSha == null || facts.sizeBytes() > CONTENT_LIMIT_BYTES) {
            return new FileSeen(facts, null, wantedSha, owner, group, empty, null, null);
        }
        Content seen = content(spec.path(), facts, false);
        if (seen.sha256.equals(desiredSha)) {
            return new FileSeen(facts, seen.sha256, wantedSha, owner, group, empty, null, null);
        }
        Content again = seen.bytes != null ? seen : content(spec.path(), facts, true);
        return new FileSeen(
                facts, again.sha256, wantedSha, owner, group, empty, shown(spec, again), shown(spec, wanted));
    }

    private FileFacts sourceFacts(FileSpec spec) throws Trouble {
        return files.look(spec.source())
                .filter(f -> f.type() == FileFacts.Type.FILE)
                .orElseThrow(() -> Trouble.invalid(
                        "the source " + spec.source() + " of " + spec.path() + " is not there, or not a regular file",
                        "put it there, or correct source"));
    }

    /** @param bytes null if the digest was known without reading */
    private record Content(String sha256, byte[] bytes) {}

    private Content content(Path path, FileFacts facts, boolean withBytes) throws Trouble {
        String known = digests.of(path, facts);
        if (known != null && !withBytes) {
            return new Content(known, null);
        }
        byte[] bytes = files.read(path, CONTENT_LIMIT_BYTES);
        String sha256 = Sha256.hex(bytes);
        digests.remember(path, facts, sha256);
        return new Content(sha256, bytes);
    }

    private static String shown(FileSpec spec, Content content) {
        if (spec.sensitive() || content == null || content.bytes == null || content.bytes.length > SHOWN_LIMIT_BYTES) {
            return null;
        }
        try {
            String text = UTF_8.newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .onUnmappableCharacter(CodingErrorAction.REPORT)
                    .decode(ByteBuffer.wrap(content.bytes))
                    .toString();
            return text.chars().anyMatch(c -> Character.isISOControl(c) && "\n\t\r\f".indexOf(c) < 0) ? null : text;
        } catch (CharacterCodingException e) {
            return null; // not text: only its digest is shown
        }
    }

    /** Names of owners, asked once in a pass. */
    private final class Names {
        private final Map<Integer, String> users = new HashMap<>();
        private final Map<Integer, String> groups = new HashMap<>();

        String user(int uid) {
            return users.computeIfAbsent(
                    uid, u -> accounts.user(u).map(Account::name).orElse(Integer.toString(u)));
        }

        String group(int gid) {
            return groups.computeIfAbsent(gid, g -> accounts.groupName(g).orElse(Integer.toString(g)));
        }
    }

    // ---- compare

    @Override
    public Assessment assess(Desired<FileSpec> desired, FileSeen seen) {
        FileSpec spec = desired.spec();
        if (spec.retired()) {
            return retire(desired.id(), spec, seen);
        }
        return switch (spec.type()) {
            case ABSENT -> absent(desired.id(), spec, seen);
            case FILE -> file(desired.id(), spec, seen);
            case FOLDER -> folder(desired.id(), spec, seen);
            case LINK -> link(desired.id(), spec, seen);
        };
    }

    private Assessment retire(ResourceId id, FileSpec spec, FileSeen seen) {
        boolean stillOurs = switch (spec.type()) {
            case FILE ->
                seen.is(FileFacts.Type.FILE)
                        && spec.sha256() != null
                        && spec.sha256().equals(seen.sha256());
            case LINK -> seen.is(FileFacts.Type.LINK) && seen.facts().link().equals(spec.target());
            case FOLDER -> seen.is(FileFacts.Type.FOLDER) && seen.emptyFolder();
            case ABSENT -> false;
        };
        if (!stillOurs) {
            return Assessment.IN_SYNC;
        }
        return new Assessment(
                List.of(new Difference("type", "absent", describe(seen))),
                List.of(action(
                        id,
                        REMOVE,
                        Impact.NONE,
                        "remove " + spec.path() + " (no longer declared, made by us)",
                        "declare it again")));
    }

    private Assessment absent(ResourceId id, FileSpec spec, FileSeen seen) {
        if (!seen.exists()) {
            return Assessment.IN_SYNC;
        }
        return new Assessment(
                List.of(new Difference("type", "absent", describe(seen))),
                List.of(action(id, REMOVE, lossOf(seen), "remove " + spec.path(), undo(seen))));
    }

    private Assessment file(ResourceId id, FileSpec spec, FileSeen seen) {
        List<Difference> differences = new ArrayList<>();
        String wantedSha = seen.wantedSha256() != null ? seen.wantedSha256() : spec.sha256();
        boolean write = false;
        if (!seen.is(FileFacts.Type.FILE)) {
            differences.add(new Difference("type", "file", describe(seen)));
            write = true;
        }
        if (wantedSha != null && !wantedSha.equals(seen.sha256())) {
            String wantedText = spec.source() != null ? seen.wantedText() : spec.sensitive() ? null : spec.text();
            if (seen.is(FileFacts.Type.FILE) || wantedText != null) {
                boolean both = wantedText != null && (seen.text() != null || !seen.exists());
                differences.add(new Difference(
                        "content",
                        both ? wantedText : "sha256 " + shorten(wantedSha),
                        both ? seen.exists() ? seen.text() : "" : "sha256 " + shorten(seen.sha256())));
            }
            write = true;
        }
        boolean attributes = attributes(spec, seen, differences);
        if (write) {
            String size = spec.text() == null ? "" : spec.text().getBytes(UTF_8).length + " bytes";
            String from = spec.source() == null ? size : "from " + spec.source();
            return new Assessment(
                    differences,
                    List.of(action(
                            id,
                            WRITE,
                            lossOf(seen),
                            "write " + spec.path() + (from.isEmpty() ? "" : " (" + from + ")"),
                            undo(seen))));
        }
        return attributes ? attributesOnly(id, spec, differences) : Assessment.IN_SYNC;
    }

    private Assessment folder(ResourceId id, FileSpec spec, FileSeen seen) {
        List<Difference> differences = new ArrayList<>();
        if (!seen.is(FileFacts.Type.FOLDER)) {
            differences.add(new Difference("type", "folder", describe(seen)));
            attributes(spec, seen, differences);
            List<Action> actions = new ArrayList<>();
            if (seen.exists()) {
                actions.add(action(
                        id, REMOVE, lossOf(seen), "remove the " + describe(seen) + " at " + spec.path(), undo(seen)));
            }
            actions.add(action(id, MAKE, Impact.NONE, "make folder " + spec.path(), "remove it while it is empty"));
            return new Assessment(differences, actions);
        }
        return attributes(spec, seen, differences) ? attributesOnly(id, spec, differences) : Assessment.IN_SYNC;
    }

    private Assessment link(ResourceId id, FileSpec spec, FileSeen seen) {
        List<Difference> differences = new ArrayList<>();
        boolean make = true;
        if (!seen.is(FileFacts.Type.LINK)) {
            differences.add(new Difference("type", "link to " + spec.target(), describe(seen)));
        } else if (!seen.facts().link().equals(spec.target())) {
            differences.add(new Difference("target", spec.target(), seen.facts().link()));
        } else {
            make = false;
        }
        boolean attributes = attributes(spec, seen, differences);
        if (make) {
            return new Assessment(
                    differences,
                    List.of(action(
                            id, LINK, lossOf(seen), "link " + spec.path() + " -> " + spec.target(), undo(seen))));
        }
        return attributes ? attributesOnly(id, spec, differences) : Assessment.IN_SYNC;
    }

    private Assessment attributesOnly(ResourceId id, FileSpec spec, List<Difference> differences) {
        StringBuilder what = new StringBuilder();
        StringBuilder before = new StringBuilder();
        for (Difference d : differences) {
            what.append(what.isEmpty() ? "" : ", ").append(d.path()).append(' ').append(d.desired());
            before.append(before.isEmpty() ? "" : ", ")
                    .append(d.path())
                    .append(' ')
                    .append(d.observed());
        }
        return new Assessment(
                differences,
                List.of(action(id, ATTRIBUTES, Impact.NONE, "set " + what + " on " + spec.path(), "set " + before)));
    }

    private static boolean attributes(FileSpec spec, FileSeen seen, List<Difference> differences) {
        if (!seen.exists()) {
            return false;
        }
        int before = differences.size();
        if (spec.mode() != null
                && !seen.is(FileFacts.Type.LINK)
                && spec.mode().bits() != seen.facts().mode()) {
            differences.add(new Difference(
                    "mode", spec.mode().toString(), new Mode(seen.facts().mode()).toString()));
        }
        if (spec.owner() != null && !spec.owner().equals(seen.owner())) {
            differences.add(new Difference("owner", spec.owner(), seen.owner()));
        }
        if (spec.group() != null && !spec.group().equals(seen.group())) {
            differences.add(new Difference("group", spec.group(), seen.group()));
        }
        return differences.size() > before;
    }

    private static Action action(ResourceId id, String verb, Impact impact, String summary, String undo) {
        return new Action(id, verb, Phase.DEPLOYMENT, impact, summary, undo);
    }

    /** Only what cannot be kept is lost. */
    private static Impact lossOf(FileSeen seen) {
        return seen.is(FileFacts.Type.FILE) && seen.facts().sizeBytes() > KeptFiles.LIMIT_BYTES
                ? Impact.DESTRUCTIVE
                : Impact.NONE;
    }

    private String undo(FileSeen seen) {
        if (!seen.exists()) {
            return "remove it";
        }
        if (lossOf(seen) == Impact.DESTRUCTIVE) {
            return "not at all: it is too large to be kept";
        }
        return seen.is(FileFacts.Type.FILE)
                ? "the former content is kept in " + kept.folder()
                : "was a " + describe(seen);
    }

    private static String describe(FileSeen seen) {
        if (!seen.exists()) {
            return "absent";
        }
        return switch (seen.facts().type()) {
            case FILE -> "file";
            case FOLDER -> "folder";
            case LINK -> "link to " + seen.facts().link();
            case OTHER -> "device, socket or pipe";
        };
    }

    private static String shorten(String sha256) {
        return sha256 == null ? "none" : sha256.substring(0, 12);
    }

    // ---- correct

    @Override
    public void perform(Desired<FileSpec> desired, Action action) throws Trouble {
        FileSpec spec = desired.spec();
        Optional<FileFacts> found = files.look(spec.path());
        Owner owner = owner(spec, desired.id().scope(), found);
        noteStranger(desired, found);
        if (found.isEmpty() && !action.verb().equals(REMOVE)) {
            makeWay(spec.path(), desired.id().scope());
        }
        switch (action.verb()) {
            case WRITE -> {
                byte[] content = wantedContent(spec);
                refuseUnless(found, FileFacts.Type.FILE, spec.path());
                SafeFiles.Displaced displaced = keepFormer(spec.path(), found, content);
                int mode = spec.mode() != null
                        ? spec.mode().bits()
                        : found.filter(f -> f.type() == FileFacts.Type.FILE)
                                .map(FileFacts::mode)
                                .orElse(spec.sensitive() ? NEW_SENSITIVE_MODE : NEW_FILE_MODE);
                files.write(spec.path(), content, mode, owner.uid, owner.gid, displaced);
            }
            case MAKE ->
                files.makeFolder(
                        spec.path(), spec.mode() != null ? spec.mode().bits() : NEW_FOLDER_MODE, owner.uid, owner.gid);
            case LINK -> {
                refuseUnless(found, FileFacts.Type.FILE, spec.path());
                SafeFiles.Displaced displaced = keepFormer(spec.path(), found, null);
                files.makeLink(spec.path(), spec.target(), owner.uid, owner.gid, displaced);
            }
            case ATTRIBUTES ->
                files.attributes(
                        spec.path(),
                        spec.mode() != null
                                ? spec.mode().bits()
                                : found.map(FileFacts::mode).orElse(NEW_FILE_MODE),
                        owner.uid,
                        owner.gid);
            case REMOVE -> {
                if (found.isPresent() && found.get().type() == FileFacts.Type.FILE) {
                    files.remove(spec.path(), keepFormer(spec.path(), found, null));
                } else {
                    files.remove(spec.path());
                }
            }
            default -> throw new IllegalArgumentException("no such verb: " + action.verb());
        }
        digests.forget(spec.path());
    }

    /** Whoever replaces a file leaves his own behind. */
    private void noteStranger(Desired<FileSpec> desired, Optional<FileFacts> found) throws Trouble {
        FileSpec spec = desired.spec();
        Scope scope = desired.id().scope();
        int expected = spec.owner() != null
                ? accounts.require(spec.owner()).uid()
                : scope.isOwn() ? self().uid() : accounts.require(scope.user()).uid();
        if (found.isPresent() && found.get().uid() != expected) {
            strangers.put(desired.id(), new Stranger(found.get().uid(), clock.instant()));
        } else {
            strangers.remove(desired.id());
        }
    }

    /** Folders on the way that nobody declared and that are missing: made as anybody would, and left when the file goes. */
    private void makeWay(Path path, Scope scope) throws Trouble {
        Account account = scope.isOwn() ? self() : accounts.require(scope.user());
        files.makeWay(path.getParent(), NEW_FOLDER_MODE, account.uid(), account.gid());
    }

    private Account self() throws Trouble {
        return accounts.require(locations.unprivileged() ? System.getProperty("user.name") : "root");
    }

    /** A folder, device or socket in the place of a file is somebody's: it is not removed to make room. */
    private static void refuseUnless(Optional<FileFacts> found, FileFacts.Type type, Path path) throws Trouble {
        if (found.isPresent() && found.get().type() != type && found.get().type() != FileFacts.Type.LINK) {
            throw Trouble.conflict(
                    "there is a " + (found.get().type() == FileFacts.Type.FOLDER ? "folder" : "device, socket or pipe")
                            + " at " + path + ", owned by uid " + found.get().uid(),
                    "move it away, or declare another path");
        }
    }

    /**
     * Keeps what is there before anything is changed.
     *
     * @return keeps what is found in its place when it is changed, if that is another; null for what cannot be kept, which
     *     was approved
     */
    private SafeFiles.Displaced keepFormer(Path path, Optional<FileFacts> found, byte[] next) throws Trouble {
        byte[] former = new byte[0];
        if (found.isPresent() && found.get().type() == FileFacts.Type.FILE) {
            if (found.get().sizeBytes() > KeptFiles.LIMIT_BYTES) {
                return null;
            }
            former = files.read(path, KeptFiles.LIMIT_BYTES);
            keepUnless(next, path, former);
        }
        byte[] known = former;
        return late -> {
            if (!Arrays.equals(late, known)) {
                keepUnless(next, path, late);
            }
        };
    }

    private void keepUnless(byte[] next, Path path, byte[] former) throws Trouble {
        if (former.length > 0 && !Arrays.equals(former, next)) {
            kept.keep(path, former);
        }
    }

    private byte[] wantedContent(FileSpec spec) throws Trouble {
        if (spec.source() != null) {
            return files.read(spec.source(), CONTENT_LIMIT_BYTES);
        }
        if (spec.text() != null) {
            return spec.text().getBytes(UTF_8);
        }
        if (spec.sha256() != null) {
            throw Trouble.invalid(
                    "the sensitive content of " + spec.path() + " is not kept in revisions",
                    "correct machine.yaml, so that it is in force again");
        }
        return new byte[0];
    }

    private record Owner(int uid, int gid) {}

    private Owner owner(FileSpec spec, Scope scope, Optional<FileFacts> found) throws Trouble {
        int uid;
        int gid;
        if (spec.owner() != null) {
            Account account = accounts.require(spec.owner());
            uid = account.uid();
            gid = found.map(FileFacts::gid).orElse(account.gid());
        } else {
            Account self = self();
            uid = found.map(FileFacts::uid).orElse(self.uid());
            gid = found.map(FileFacts::gid).orElse(self.gid());
        }
        if (spec.group() != null) {
            gid = accounts.group(spec.group())
                    .orElseThrow(() -> Trouble.invalid(
                            "there is no group \"" + spec.group() + "\" on this machine",
                            "create it, or correct group"));
        }
        return new Owner(uid, gid);
    }

    // ---- leave behind, watch

    @Override
    public Optional<FileSpec> whenUndeclared(Desired<FileSpec> desired, FileSeen before, boolean ours) {
        FileSpec spec = desired.spec();
        if (spec.retired() || spec.type() == FileType.ABSENT || before.exists() && !ours) {
            return Optional.empty();
        }
        String sha = before.wantedSha256() != null
                ? before.wantedSha256()
                : spec.sha256() != null ? spec.sha256() : Sha256.hex(new byte[0]);
        return Optional.of(FileSpec.absentIf(spec, spec.type() == FileType.FILE ? sha : null));
    }

    @Override
    public Optional<Rival> rival(Desired<FileSpec> desired) {
        FileSpec spec = desired.spec();
        Optional<Rival> owner = Optional.ofNullable(strangers.remove(desired.id()))
                .map(s -> witness.presumed(
                        s.uid,
                        "changed by a program that was not seen (the file then belonged to uid " + s.uid + ")",
                        s.at));
        List<Path> paths = spec.source() == null ? List.of(spec.path()) : List.of(spec.path(), spec.source());
        Optional<Rival> writer = witness.writer(paths, desired.id());
        return writer.filter(w -> w.uid().isPresent()).or(() -> owner).or(() -> writer);
    }

    @Override
    public synchronized void watch(Collection<Desired<FileSpec>> resources, LookAgain lookAgain) {
        Map<Path, Set<ResourceId>> ids = new LinkedHashMap<>();
        for (Desired<FileSpec> d : resources) {
            ids.computeIfAbsent(d.spec().path(), p -> ConcurrentHashMap.newKeySet())
                    .add(d.id());
            if (d.spec().source() != null) {
                ids.computeIfAbsent(d.spec().source(), p -> ConcurrentHashMap.newKeySet())
                        .add(d.id());
            }
        }
        AutoCloseable next = folderWatch.watch(
                ids.keySet(),
                path -> ids.get(path).forEach(id -> lookAgain.at(id, "inotify")),
                () -> lookAgain.all(NAME, "inotify lost events"));
        AutoCloseable writers = witness.watchFiles(Set.copyOf(ids.keySet()));
        try {
            watching.close();
        } catch (Exception e) {
            throw new IllegalStateException("closing a watch does not fail", e);
        }
        watching = () -> {
            next.close();
            writers.close();
        };
        digests.retain(new HashSet<>(ids.keySet()));
    }
}
