package dev.homeostat.ai.skill;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.homeostat.ai.Contribution;
import dev.homeostat.ai.Part;
import dev.homeostat.ai.Stack;
import dev.homeostat.resource.Desired;
import dev.homeostat.resource.Json;
import dev.homeostat.resource.ResourceId;
import jakarta.enterprise.context.ApplicationScoped;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * {@code ai.skills}: ours as files in the stack's folder, and links to them and to the owner's own where agents look. Links are
 * relative, so that they lead somewhere for whoever has a home of that shape.
 */
@ApplicationScoped
public class SkillsPart implements Part {
    private static final String FILES = "files";
    private static final String SKILLS = "skills";
    /** Where agents look, below the home. */
    private static final List<String> PLACES = List.of(".agent/skills", ".claude/skills");

    private final BundledSkills bundled;

    public SkillsPart(BundledSkills bundled) {
        this.bundled = bundled;
    }

    @Override
    public void read(Stack stack, Contribution out) {
        SkillsEntry entry = stack.entry().skills();
        if (entry != null && Boolean.FALSE.equals(entry.enabled())) {
            return;
        }
        Path home = stack.account().home();
        Path folder = stack.folders().data().resolve(SKILLS);
        SortedMap<String, Path> targets = new TreeMap<>();
        SortedMap<String, Set<ResourceId>> made = new TreeMap<>();
        for (String name : chosen(entry, out)) {
            targets.put(name, folder.resolve(name));
            made.put(name, place(stack, out, folder, name));
        }
        if (entry != null && entry.own() != null) {
            entry.own().forEach((name, path) -> {
                if (!SkillFile.isName(name)) {
                    out.problem("skills.own", "\"" + name + "\" is not the name of a skill: " + SkillFile.NAME_FORM);
                } else if (targets.containsKey(name)) {
                    out.problem(
                            "skills.own." + name,
                            "there is one of ours with that name: give it another, or add " + name
                                    + " to skills.exclude");
                } else {
                    targets.put(name, absolute(home, path));
                }
            });
        }
        for (String place : PLACES) {
            Path links = home.resolve(place);
            Desired<SkillFolderSpec> watched = new Desired<>(
                    stack.id(SkillFolderKind.NAME, place),
                    new SkillFolderSpec(links, targets, false),
                    Set.of(),
                    stack.places().apply(SKILLS));
            out.add(watched);
            targets.forEach((name, target) -> {
                Set<ResourceId> first = new HashSet<>(made.getOrDefault(name, Set.of()));
                first.add(watched.id());
                ObjectNode link = Json.MAPPER
                        .createObjectNode()
                        .put("type", "link")
                        .put("target", links.relativize(target).toString());
                out.hand(stack.scope(), FILES, links.resolve(name).toString(), link, SKILLS, first);
            });
        }
    }

    private SortedSet<String> chosen(SkillsEntry entry, Contribution out) {
        SortedSet<String> chosen = new TreeSet<>(bundled.skills().keySet());
        if (entry == null) {
            return chosen;
        }
        if (entry.include() != null) {
            known("skills.include", entry.include(), out);
            chosen.retainAll(entry.include());
        }
        if (entry.exclude() != null) {
            known("skills.exclude", entry.exclude(), out);
            entry.exclude().forEach(chosen::remove);
        }
        return chosen;
    }

    private void known(String path, List<String> names, Contribution out) {
        Set<String> all = bundled.skills().keySet();
        names.stream()
                .filter(name -> !all.contains(name))
                .forEach(name -> out.problem(
                        path, "there is no skill \"" + name + "\" of ours: there are " + String.join(", ", all)));
    }

    /** The skill's own folder and files. */
    private Set<ResourceId> place(Stack stack, Contribution out, Path folder, String name) {
        SortedSet<Path> folders = new TreeSet<>(Set.of(folder, folder.resolve(name)));
        bundled.skills().get(name).keySet().forEach(file -> {
            for (Path at = Path.of(file).getParent(); at != null; at = at.getParent()) {
                folders.add(folder.resolve(name).resolve(at));
            }
        });
        Set<ResourceId> made = new HashSet<>();
        Set<ResourceId> first = Set.of(stack.id("ai", "stack"));
        folders.forEach(each -> made.addAll(out.hand(
                stack.scope(),
                FILES,
                each.toString(),
                Json.MAPPER.createObjectNode().put("type", "folder").put("mode", "0755"),
                SKILLS,
                first)));
        bundled.skills()
                .get(name)
                .forEach((file, text) -> made.addAll(out.hand(
                        stack.scope(),
                        FILES,
                        folder.resolve(name).resolve(file).toString(),
                        Json.MAPPER.createObjectNode().put("content", text).put("mode", "0644"),
                        SKILLS,
                        first)));
        return made;
    }

    private static Path absolute(Path home, String text) {
        return (text.startsWith("~/") ? home.resolve(text.substring(2)) : Path.of(text)).normalize();
    }
}
