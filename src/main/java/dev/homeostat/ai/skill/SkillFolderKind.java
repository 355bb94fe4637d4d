package dev.homeostat.ai.skill;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.homeostat.host.Locations;
import dev.homeostat.host.posix.Account;
import dev.homeostat.host.posix.Accounts;
import dev.homeostat.host.posix.FileFacts;
import dev.homeostat.host.posix.FolderWatch;
import dev.homeostat.host.posix.SafeFiles;
import dev.homeostat.resource.Action;
import dev.homeostat.resource.Assessment;
import dev.homeostat.resource.Desired;
import dev.homeostat.resource.Difference;
import dev.homeostat.resource.Impact;
import dev.homeostat.resource.Kind;
import dev.homeostat.resource.LookAgain;
import dev.homeostat.resource.OneByOne;
import dev.homeostat.resource.Phase;
import dev.homeostat.resource.ResourceId;
import dev.homeostat.resource.Sighting;
import dev.homeostat.resource.Trouble;
import dev.homeostat.resource.Visible;
import jakarta.enterprise.context.ApplicationScoped;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Folders where agents look for skills: each is there, and no link in it leads to nothing. A skill that its owner put there,
 * and a link that leads somewhere, is left alone.
 */
@ApplicationScoped
public class SkillFolderKind implements Kind<SkillFolderSpec, SkillFolderSeen> {
    public static final String NAME = "skill-folder";

    private static final String MAKE = "make";
    private static final String REMOVE = "remove";
    private static final int NEW_FOLDER_MODE = 0755;
    /** As the kernel has it (MAXSYMLINKS). */
    private static final int LINKS_LIMIT = 40;
    /** Thousands of skills are no folder of skills. */
    private static final int NAMES_LIMIT = 4096;
    /** A skill is some pages. */
    private static final long SKILL_LIMIT_BYTES = 1024 * 1024;
    /** What is not there today may be there tomorrow. */
    private static final List<Path> REMOVABLE = List.of(Path.of("/media"), Path.of("/mnt"), Path.of("/run/media"));

    private final SafeFiles files;
    private final Accounts accounts;
    private final FolderWatch folderWatch;
    private final Locations locations;
    private List<AutoCloseable> watching = List.of();

    public SkillFolderKind(SafeFiles files, Accounts accounts, FolderWatch folderWatch, Locations locations) {
        this.files = files;
        this.accounts = accounts;
        this.folderWatch = folderWatch;
        this.locations = locations;
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Class<SkillFolderSpec> specType() {
        return SkillFolderSpec.class;
    }

    // ---- look

    @Override
    public Map<ResourceId, Sighting<SkillFolderSeen>> observe(Collection<Desired<SkillFolderSpec>> resources) {
        return OneByOne.look(resources, d -> look(d.spec()));
    }

    private SkillFolderSeen look(SkillFolderSpec spec) throws Trouble {
        Path path = spec.path();
        Optional<FileFacts> facts = files.look(path);
        if (facts.isEmpty()) {
            return new SkillFolderSeen(false, "", true, Collections.emptySortedMap(), List.of());
        }
        switch (facts.get().type()) {
            case FOLDER -> {}
            case LINK -> {
                if (leadsToNothing(path)) {
                    return new SkillFolderSeen(
                            false, facts.get().link(), true, Collections.emptySortedMap(), List.of());
                }
                throw Trouble.conflict(
                        path + " is a symbolic link to "
                                + Visible.of(facts.get().link()),
                        "links are not followed: make it a folder, or turn ai.skills off");
            }
            case FILE, OTHER -> throw Trouble.conflict(path + " is no folder", "move it away");
        }
        List<String> names = files.list(path);
        if (names.size() > NAMES_LIMIT) {
            throw Trouble.conflict(path + " has " + names.size() + " entries", "it is no folder of skills: clear it");
        }
        SortedMap<String, String> dangling = new TreeMap<>();
        List<String> notes = new ArrayList<>();
        for (String name : names) {
            Path link = path.resolve(name);
            Optional<FileFacts> entry = files.look(link).filter(f -> f.type() == FileFacts.Type.LINK);
            if (entry.isEmpty()
                    || !leadsToNothing(link)
                    || isOurs(spec, name, entry.get().link())) {
                continue;
            }
            String target = entry.get().link();
            if (REMOVABLE.stream().anyMatch(target(link, target)::startsWith)) {
                notes.add(Visible.of(name) + " leads to " + Visible.of(target) + ", which is not mounted");
            } else {
                dangling.put(name, target);
            }
        }
        if (!spec.retired()) {
            for (Map.Entry<String, Path> skill : spec.skills().entrySet()) {
                note(skill.getKey(), skill.getValue()).ifPresent(notes::add);
            }
        }
        return new SkillFolderSeen(true, "", names.isEmpty(), dangling, notes);
    }

    /** A declared link whose skill is not there (yet). Another of that name makes room, so that ours is made by us. */
    private static boolean isOurs(SkillFolderSpec spec, String name, String target) {
        Path skill = spec.skills().get(name);
        return skill != null && spec.path().relativize(skill).toString().equals(target);
    }

    /** What is wrong with a skill that is declared and is there. */
    private Optional<String> note(String name, Path folder) throws Trouble {
        Path file = folder.resolve(SkillFile.FILE);
        Optional<FileFacts> facts = files.look(file);
        if (facts.isEmpty() || facts.get().type() != FileFacts.Type.FILE) {
            return Optional.of(name + ": there is no " + file);
        }
        if (facts.get().sizeBytes() > SKILL_LIMIT_BYTES) {
            return Optional.of(name + ": " + file + " has " + facts.get().sizeBytes() + " bytes");
        }
        List<String> problems = SkillFile.problems(name, new String(files.read(file, SKILL_LIMIT_BYTES), UTF_8));
        return problems.isEmpty() ? Optional.empty() : Optional.of(file + ": " + String.join("; ", problems));
    }

    /** Whether there is nothing at the end of a link. What we do not follow leads somewhere. */
    private boolean leadsToNothing(Path link) throws Trouble {
        Path at = link;
        for (int i = 0; i < LINKS_LIMIT; i++) {
            Optional<FileFacts> facts;
            try {
                facts = files.look(at);
            } catch (Trouble t) {
                if (t.sort() == Trouble.Sort.CONFLICT) { // through a link of the user's
                    return false;
                }
                throw t;
            }
            if (facts.isEmpty()) {
                return true;
            }
            if (facts.get().type() != FileFacts.Type.LINK) {
                return false;
            }
            at = target(at, facts.get().link());
        }
        return true; // a ring
    }

    private static Path target(Path link, String target) {
        try {
            return link.resolveSibling(target).normalize();
        } catch (InvalidPathException e) {
            return link;
        }
    }

    // ---- compare

    @Override
    public Assessment assess(Desired<SkillFolderSpec> desired, SkillFolderSeen seen) {
        SkillFolderSpec spec = desired.spec();
        ResourceId id = desired.id();
        if (spec.retired()) {
            return seen.there() && seen.empty()
                    ? new Assessment(
                            List.of(new Difference("type", "absent", "empty folder")),
                            List.of(action(
                                    id,
                                    REMOVE,
                                    "remove " + spec.path() + " (empty, no longer declared, made by us)",
                                    "declare it again")))
                    : Assessment.IN_SYNC;
        }
        if (!seen.there()) {
            boolean link = !seen.nowhere().isEmpty();
            String was = "link to " + Visible.of(seen.nowhere()) + ", which is not there";
            return new Assessment(
                    List.of(new Difference("type", "folder", link ? was : "absent")),
                    List.of(action(
                            id,
                            MAKE,
                            "make folder " + spec.path() + (link ? " in the place of a " + was : ""),
                            link
                                    ? "ln -s " + Visible.of(seen.nowhere()) + " " + spec.path()
                                    : "remove it while it is empty")));
        }
        if (!seen.dangling().isEmpty()) {
            List<Difference> differences = new ArrayList<>();
            List<String> words = new ArrayList<>();
            List<String> undo = new ArrayList<>();
            seen.dangling().forEach((name, target) -> {
                String shown = Visible.of(name);
                differences.add(
                        new Difference(shown, "absent", "link to " + Visible.of(target) + ", which is not there"));
                words.add(shown + " -> " + Visible.of(target));
                undo.add("ln -s " + Visible.of(target) + " "
                        + Visible.of(spec.path().resolve(name).toString()));
            });
            return new Assessment(
                    differences,
                    List.of(action(
                            id,
                            REMOVE,
                            "remove links that lead to nothing from " + spec.path() + ": " + String.join(", ", words),
                            String.join("; ", undo))));
        }
        return seen.notes().isEmpty() ? Assessment.IN_SYNC : Assessment.inSync(String.join("; ", seen.notes()));
    }

    private static Action action(ResourceId id, String verb, String summary, String undo) {
        return new Action(id, verb, Phase.AI, Impact.NONE, summary, undo);
    }

    // ---- correct

    @Override
    public void perform(Desired<SkillFolderSpec> desired, Action action) throws Trouble {
        SkillFolderSpec spec = desired.spec();
        SkillFolderSeen now = look(spec);
        switch (action.verb()) {
            case MAKE -> {
                Account owner = accounts.require(
                        !desired.id().scope().isOwn()
                                ? desired.id().scope().user()
                                : locations.unprivileged() ? System.getProperty("user.name") : "root");
                if (!now.nowhere().isEmpty()) {
                    files.remove(spec.path());
                }
                files.makeWay(spec.path(), NEW_FOLDER_MODE, owner.uid(), owner.gid());
            }
            case REMOVE -> {
                if (spec.retired()) {
                    if (now.there() && now.empty()) {
                        files.remove(spec.path());
                    }
                    return;
                }
                for (String name :
                        now.dangling().keySet()) { // looked at just now: one that leads somewhere by now stays
                    files.remove(spec.path().resolve(name));
                }
            }
            default -> throw new IllegalArgumentException("no such verb: " + action.verb());
        }
    }

    // ---- leave behind, watch

    @Override
    public Optional<SkillFolderSpec> whenUndeclared(
            Desired<SkillFolderSpec> desired, SkillFolderSeen before, boolean ours) {
        SkillFolderSpec spec = desired.spec();
        return spec.retired() || before.there() && !ours
                ? Optional.empty()
                : Optional.of(new SkillFolderSpec(spec.path(), Collections.emptySortedMap(), true));
    }

    @Override
    public synchronized void watch(Collection<Desired<SkillFolderSpec>> resources, LookAgain lookAgain) {
        List<AutoCloseable> next = new ArrayList<>();
        Map<Path, Set<ResourceId>> ids = new HashMap<>();
        for (Desired<SkillFolderSpec> d : resources) {
            ids.computeIfAbsent(d.spec().path(), p -> new HashSet<>()).add(d.id());
            d.spec()
                    .skills()
                    .values()
                    .forEach(skill -> ids.computeIfAbsent(skill.resolve(SkillFile.FILE), p -> new HashSet<>())
                            .add(d.id()));
            next.add(folderWatch.watchFolder(d.spec().path(), () -> lookAgain.at(d.id(), "inotify")));
        }
        next.add(folderWatch.watch(
                Set.copyOf(ids.keySet()),
                path -> ids.get(path).forEach(id -> lookAgain.at(id, "inotify")),
                () -> lookAgain.all(NAME, "inotify lost events")));
        for (AutoCloseable each : watching) {
            try {
                each.close();
            } catch (Exception e) {
                throw new IllegalStateException("closing a watch does not fail", e);
            }
        }
        watching = next;
    }
}
