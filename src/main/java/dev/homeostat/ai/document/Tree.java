package dev.homeostat.ai.document;

import dev.homeostat.host.posix.FileFacts;
import dev.homeostat.host.posix.SafeFiles;
import dev.homeostat.host.posix.TreeWatch;
import dev.homeostat.resource.Sha256;
import dev.homeostat.resource.Trouble;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;

/**
 * One declared folder and the documents in it, by looking. Links are not followed. What cannot be looked at is unclear: its
 * documents stay, for a disk that is not mounted has lost nothing.
 */
final class Tree implements Origin {
    /** The knowledge base takes no longer text. */
    static final int TEXT_LIMIT_BYTES = 1 << 20;
    /** Nor a longer source. */
    private static final int SOURCE_LIMIT_CHARS = 1_000;

    private static final int FOLDERS_LIMIT = 50_000;
    private static final int DEPTH_LIMIT = 64;
    /** Of what is left out, so many are named at once. */
    private static final int NAMED_LIMIT = 10;
    /** What Java makes of bytes that are no text. */
    private static final char NO_CHARACTER = '\uFFFD';

    private static final String NOT_LOOKED = "was not looked at yet";

    /** One folder of it. */
    private static final class Branch {
        final Map<String, Leaf> leaves = new HashMap<>();
        Set<String> folders = new HashSet<>();
        /** Of the file system it was on; meaningless until it was looked at. */
        long device;

        long inode;
        boolean looked;
        /** Why it cannot be looked at; null if it can. */
        String unclear;
    }

    private final String name;
    private final FollowSettings.Folder settings;
    private final Patterns patterns;
    private final SafeFiles files;
    private final TreeWatch watch;
    private final InstantSource clock;
    private final Told told;

    /** By their paths below the folder, which itself is "". */
    private final Map<String, Branch> branches = new HashMap<>();

    private final Deque<Leaf> unread = new ArrayDeque<>();
    private final Set<Leaf> due = new LinkedHashSet<>();
    private final Set<String> gone = new LinkedHashSet<>();
    /** Files that are no documents, and why. */
    private final Map<String, String> leftOut = new HashMap<>();

    private final Set<String> unnamed = new TreeSet<>();

    /** What there is, whether or not it is a document; null but for a look at everything. */
    private Set<String> present;

    private int count;
    private boolean found;
    private boolean overfull;
    private String unwatched = "";

    Tree(
            String name,
            FollowSettings.Folder settings,
            SafeFiles files,
            TreeWatch watch,
            InstantSource clock,
            Told told) {
        this.name = name;
        this.settings = settings;
        this.patterns = new Patterns(settings.include(), settings.exclude());
        this.files = files;
        this.watch = watch;
        this.clock = clock;
        this.told = told;
        branches.put("", new Branch());
        branches.get("").unclear = NOT_LOOKED;
    }

    @Override
    public String name() {
        return name;
    }

    Path path() {
        return settings.path();
    }

    FollowSettings.Folder settings() {
        return settings;
    }

    /** How many documents there are. */
    int count() {
        return count;
    }

    /** Why changes are not told by the kernel; empty if they are. */
    String unwatched() {
        return unwatched;
    }

    /** Whether something can be looked at again since this was asked: what became of it meanwhile only a comparison tells. */
    boolean takeFound() {
        boolean now = found;
        found = false;
        return now;
    }

    // ---- looking

    @Override
    public void look() {
        overfull = false;
        unwatched = "";
        present = new HashSet<>();
        look("", true, 0);
        leftOut.keySet().removeIf(source -> !present.contains(source) && !isUnclear(source));
        present = null;
        if (unwatched.isEmpty()) {
            told.over("watch " + name, settings.path() + " is watched");
        } else {
            told.trouble(
                    "watch " + name,
                    settings.path() + " is looked at now and then, since not all of it can be watched: " + unwatched);
        }
        tell();
    }

    /** Looks at one folder of it, and at those that are new below. */
    void look(Path folder) {
        String rel = settings.path().equals(folder)
                ? ""
                : settings.path().relativize(folder).toString();
        if (rel.isEmpty() || branches.containsKey(rel)) {
            look(rel, false, rel.isEmpty() ? 0 : Path.of(rel).getNameCount());
        }
        tell();
    }

    private void look(String rel, boolean deep, int depth) {
        Path path = rel.isEmpty() ? settings.path() : settings.path().resolve(rel);
        Branch branch = branches.computeIfAbsent(rel, r -> new Branch());
        String hindrance = watch.add(this, path); // before looking: what changes after that is told
        if (!hindrance.isEmpty()) {
            unwatched = hindrance;
        }
        List<String> names;
        try {
            Optional<FileFacts> facts = files.look(path);
            String odd = oddity(facts);
            if (odd != null) {
                if (rel.isEmpty()) {
                    away(odd);
                } else {
                    drop(rel); // the one above says so, too
                }
                return;
            }
            names = files.list(path);
            if (isEmptied(rel, branch, facts.get(), names)) {
                return;
            }
            branch.device = facts.get().device();
            branch.inode = facts.get().inode();
            branch.looked = true;
        } catch (Trouble t) {
            unclear(rel, branch, t.getMessage());
            return;
        }
        clear(rel, branch);
        inside(rel, branch, names, deep, depth);
    }

    /** What is there instead of a folder; null if it is one. */
    private static String oddity(Optional<FileFacts> facts) {
        if (facts.isEmpty()) {
            return "is not there";
        }
        return switch (facts.get().type()) {
            case FOLDER -> null;
            case LINK -> "is a link to " + facts.get().link() + ", which is not followed: declare the folder itself";
            default -> "is not a folder";
        };
    }

    /** Nothing at all in it may mean that something is not mounted: only if it was seen to go it is gone. */
    private boolean isEmptied(String rel, Branch branch, FileFacts facts, List<String> names) {
        boolean same = branch.looked && branch.device == facts.device();
        if (!names.isEmpty() || same || !rel.isEmpty() && !branch.looked) {
            return false;
        }
        String why = "is empty, and may be not mounted: its documents stay until there is something in it";
        if (rel.isEmpty()) {
            away(why);
        } else {
            unclear(rel, branch, settings.path().resolve(rel) + " " + why);
        }
        return true;
    }

    private void away(String why) {
        Branch root = branches.get("");
        root.unclear = why;
        if (!settings.optional()) {
            told.trouble("away " + name, settings.path() + " of documents." + name + " " + why);
        }
    }

    private void unclear(String rel, Branch branch, String why) {
        branch.unclear = why;
        if (rel.isEmpty()) {
            away("cannot be looked at: " + why);
        } else {
            told.trouble("folder " + name + "/" + rel, why + "; its documents stay as they are");
        }
    }

    private void clear(String rel, Branch branch) {
        if (branch.unclear == null) {
            return;
        }
        found |= branch.unclear != NOT_LOOKED;
        branch.unclear = null;
        told.over(
                rel.isEmpty() ? "away " + name : "folder " + name + "/" + rel,
                settings.path().resolve(rel) + " is followed again");
    }

    private void inside(String rel, Branch branch, List<String> names, boolean deep, int depth) {
        Set<String> folders = new HashSet<>();
        Set<String> seen = new HashSet<>();
        for (String each : names) {
            String source = rel.isEmpty() ? each : rel + "/" + each;
            if (present != null) {
                present.add(source);
            }
            if (each.indexOf(NO_CHARACTER) >= 0 || each.chars().anyMatch(Character::isISOControl)) {
                leaveOut(source, "its name is not text");
                continue;
            }
            if (patterns.isLeftOut(source)) {
                continue;
            }
            Optional<FileFacts> facts;
            try {
                facts = files.look(settings.path().resolve(source));
            } catch (Trouble t) {
                seen.add(each);
                if (branch.folders.contains(each)) {
                    folders.add(each);
                } else {
                    Leaf leaf = branch.leaves.get(each);
                    if (leaf != null) {
                        unclear(leaf, t);
                    }
                }
                continue;
            }
            if (facts.isEmpty()) {
                continue; // gone meanwhile
            }
            if (facts.get().type() == FileFacts.Type.FOLDER) {
                folder(source, each, facts.get(), folders, deep, depth);
            } else if (facts.get().type() == FileFacts.Type.FILE
                    && patterns.isDocument(source)
                    && file(branch, source, each, facts.get())) {
                seen.add(each);
            }
        }
        List<String> went = new ArrayList<>(branch.leaves.keySet());
        went.removeAll(seen);
        Set<String> there = new HashSet<>(names);
        for (String each : went) {
            Leaf leaf = branch.leaves.remove(each);
            drop(leaf);
            if (!there.contains(each)) {
                leftOut.remove(leaf.source);
            }
        }
        Set<String> before = branch.folders;
        branch.folders = folders;
        before.stream()
                .filter(each -> !folders.contains(each))
                .forEach(each -> drop(rel.isEmpty() ? each : rel + "/" + each));
    }

    private void folder(String source, String each, FileFacts facts, Set<String> folders, boolean deep, int depth) {
        Branch branch = branches.get(source);
        boolean known = branch != null;
        if (!known && (branches.size() >= FOLDERS_LIMIT || depth >= DEPTH_LIMIT)) {
            leaveOut(
                    source,
                    depth >= DEPTH_LIMIT
                            ? "it is deeper than " + DEPTH_LIMIT + " folders"
                            : "there are more than " + FOLDERS_LIMIT + " folders");
            return;
        }
        folders.add(each);
        // another folder may have taken the place of the one that was looked at, with all that is below
        boolean another = known && (branch.inode != facts.inode() || branch.device != facts.device());
        if (deep || !known || another || branch.unclear != null) {
            look(source, deep || another, depth + 1);
        }
    }

    /** Whether the file may be a document. */
    private boolean file(Branch branch, String source, String each, FileFacts facts) {
        if (facts.sizeBytes() > TEXT_LIMIT_BYTES) {
            leaveOut(source, "it has " + facts.sizeBytes() + " bytes; at most " + TEXT_LIMIT_BYTES + " are taken");
            return false;
        }
        if (source.length() > SOURCE_LIMIT_CHARS) {
            leaveOut(source, "its path is longer than " + SOURCE_LIMIT_CHARS + " characters");
            return false;
        }
        Leaf leaf = branch.leaves.get(each);
        if (leaf != null && leaf.isStill(facts) && !leaf.unclear) {
            return true;
        }
        if (leaf == null) {
            if (count >= settings.limit()) {
                overfull = true;
                return false;
            }
            leaf = new Leaf(source);
            branch.leaves.put(each, leaf);
            count++;
        }
        leaf.seen(facts, clock.instant());
        unread.add(leaf);
        return true;
    }

    private void drop(Leaf leaf) {
        leaf.dropped = true;
        count--;
        due.remove(leaf);
        gone.add(leaf.source);
    }

    private void drop(String rel) {
        Branch branch = branches.remove(rel);
        if (branch == null) {
            return;
        }
        watch.remove(this, settings.path().resolve(rel));
        told.over("folder " + name + "/" + rel, settings.path().resolve(rel) + " is no longer there");
        branch.leaves.values().forEach(leaf -> {
            drop(leaf);
            leftOut.remove(leaf.source);
        });
        branch.folders.forEach(each -> drop(rel + "/" + each));
    }

    /** Nobody follows it any more. */
    void close() {
        branches.keySet().forEach(rel -> watch.remove(this, settings.path().resolve(rel)));
    }

    // ---- reading

    @Override
    public int read(int most) {
        for (int i = 0; i < most && !unread.isEmpty(); i++) {
            Leaf leaf = unread.poll();
            if (leaf.dropped) {
                continue;
            }
            try {
                text(leaf);
            } catch (Trouble t) {
                unclear(leaf, t);
            }
            if (leaf.isDue()) {
                due.add(leaf);
            }
        }
        if (unread.isEmpty()) {
            tell();
        }
        return unread.size();
    }

    private void unclear(Leaf leaf, Trouble t) {
        leaf.unclear = true;
        leaf.doubt();
        leaveOut(leaf.source, t.getMessage());
    }

    @Override
    public String text(Leaf leaf) throws Trouble {
        byte[] bytes = files.read(settings.path().resolve(leaf.source), TEXT_LIMIT_BYTES);
        boolean was = leaf.sha256 != null;
        String text = null;
        String why = "it is not text: its bytes are not UTF-8";
        try {
            text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
            if (text.indexOf('\0') >= 0) {
                text = null;
                why = "it is not text: there is a NUL in it";
            }
        } catch (CharacterCodingException e) {
            text = null; // why has it
        }
        if (text != null && !text.isBlank()) {
            leaf.read(Sha256.hex(bytes));
            leftOut.remove(leaf.source);
            return text;
        }
        leaf.read(null);
        if (was) {
            gone.add(leaf.source);
        }
        if (text == null) {
            leaveOut(leaf.source, why);
        } else {
            leftOut.remove(leaf.source); // empty: there is nothing to tell
        }
        return null;
    }

    // ---- what is there

    @Override
    public boolean isUnclear(String source) {
        if (branches.get("").unclear != null) {
            return true;
        }
        for (int slash = source.indexOf('/'); slash > 0; slash = source.indexOf('/', slash + 1)) {
            Branch branch = branches.get(source.substring(0, slash));
            if (branch == null) {
                return false;
            }
            if (branch.unclear != null) {
                return true;
            }
        }
        Leaf leaf = any(source);
        return leaf != null && leaf.unclear;
    }

    @Override
    public Leaf leaf(String source) {
        Leaf leaf = any(source);
        return leaf != null && leaf.isDocument() ? leaf : null;
    }

    private Leaf any(String source) {
        int slash = source.lastIndexOf('/');
        Branch branch = branches.get(slash < 0 ? "" : source.substring(0, slash));
        return branch == null ? null : branch.leaves.get(source.substring(slash + 1));
    }

    @Override
    public void each(Consumer<Leaf> use) {
        branches.values().forEach(branch -> branch.leaves.values().forEach(use));
    }

    @Override
    public Set<Leaf> due() {
        return due;
    }

    @Override
    public Collection<String> gone() {
        return gone;
    }

    @Override
    public String project() {
        return settings.project();
    }

    @Override
    public List<String> tags(Leaf leaf) {
        return settings.tags();
    }

    // ---- telling

    private void leaveOut(String source, String why) {
        if (!why.equals(leftOut.put(source, why))) {
            unnamed.add(source);
        }
    }

    private void tell() {
        int named = 0;
        for (String source : unnamed) {
            String why = leftOut.get(source);
            if (why != null && named++ < NAMED_LIMIT) {
                told.warning("left out: " + settings.path().resolve(source) + ": " + why);
            }
        }
        if (named > NAMED_LIMIT) {
            told.warning("left out of documents." + name + ": " + (named - NAMED_LIMIT) + " more");
        }
        unnamed.clear();
        if (overfull) {
            told.trouble(
                    "full " + name,
                    "there are more documents in " + settings.path() + " than documents." + name + ".limit ("
                            + settings.limit() + "): the others are left out");
        } else {
            told.over("full " + name, settings.path() + " has no more documents than its limit");
        }
    }

    @Override
    public String trouble() {
        String away = branches.get("").unclear;
        if (away != null) {
            return settings.optional() ? "" : name + " " + away;
        }
        if (!unwatched.isEmpty()) {
            return name + " is looked at now and then: " + unwatched;
        }
        if (overfull) {
            return name + " is over its limit of " + settings.limit();
        }
        return leftOut.isEmpty() ? "" : name + " leaves out " + leftOut.size();
    }
}
