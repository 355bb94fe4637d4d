package dev.homeostat.ai.skill;

import static org.assertj.core.api.Assertions.assertThat;

import dev.homeostat.host.Locations;
import dev.homeostat.host.posix.FolderWatch;
import dev.homeostat.host.posix.NameService;
import dev.homeostat.host.posix.PosixFiles;
import dev.homeostat.resource.Action;
import dev.homeostat.resource.Assessment;
import dev.homeostat.resource.Desired;
import dev.homeostat.resource.Json;
import dev.homeostat.resource.Place;
import dev.homeostat.resource.ResourceId;
import dev.homeostat.resource.Sighting;
import dev.homeostat.resource.Trouble;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SkillFolderKindTest {
    private static final ResourceId ID = ResourceId.of(SkillFolderKind.NAME, ".claude/skills");

    @TempDir
    Path temporary;

    private Path home;
    private Path folder;
    private SkillFolderKind kind;
    private final TreeMap<String, Path> skills = new TreeMap<>();

    private static final class NoWatch implements FolderWatch {
        @Override
        public AutoCloseable watch(Set<Path> paths, Consumer<Path> changed, Runnable overflow) {
            return () -> {};
        }

        @Override
        public AutoCloseable watchFolder(Path watched, Runnable changed) {
            return () -> {};
        }
    }

    @BeforeEach
    void make() throws Exception {
        home = temporary.toRealPath();
        folder = home.resolve(".claude/skills");
        Path state = home.resolve("state");
        kind = new SkillFolderKind(
                new PosixFiles(),
                new NameService(),
                new NoWatch(),
                new Locations(true, state, state, state.resolve("socket")));
    }

    private Desired<SkillFolderSpec> desired() {
        return new Desired<>(ID, new SkillFolderSpec(folder, skills, false), Set.of(), Place.NOWHERE);
    }

    private Sighting<SkillFolderSeen> look() {
        return kind.observe(List.of(desired())).get(ID);
    }

    private Assessment assess() {
        return kind.assess(desired(), ((Sighting.Seen<SkillFolderSeen>) look()).observation());
    }

    private String converge() throws Trouble {
        StringBuilder done = new StringBuilder();
        for (Action action : assess().actions()) {
            kind.perform(desired(), action);
            done.append(action.summary());
        }
        return done.toString();
    }

    private static boolean isThere(Path path) {
        return Files.exists(path, LinkOption.NOFOLLOW_LINKS);
    }

    @Test
    void it_is_made_with_the_way_to_it() throws Exception {
        converge();
        assertThat(folder).isDirectory();
        assertThat(assess().inSync()).isTrue();
    }

    @Test
    void a_link_to_nothing_in_its_place_makes_room_and_one_that_leads_somewhere_does_not() throws Exception {
        Files.createDirectory(folder.getParent());
        Files.createSymbolicLink(folder, Path.of("/home/hyperd/deploy/.agent/skills"));
        assertThat(converge()).contains("in the place of a link to /home/hyperd/deploy/.agent/skills");
        assertThat(Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)).isTrue();

        Files.delete(folder);
        Path mine = Files.createDirectory(home.resolve("dotfiles"));
        Files.createSymbolicLink(folder, mine);
        assertThat(((Sighting.Unclear<SkillFolderSeen>) look()).trouble())
                .hasMessageContaining("is a symbolic link to " + mine);
    }

    @Test
    void links_to_nothing_go_and_everything_else_stays() throws Exception {
        converge();
        Path mine = Files.createDirectory(folder.resolve("mine"));
        Files.createSymbolicLink(folder.resolve("good"), Path.of("mine"));
        Files.createSymbolicLink(folder.resolve("far"), home);
        Files.createSymbolicLink(folder.resolve("old"), Path.of("/home/hyperd/deploy/.agent/skills/old"));
        Files.createSymbolicLink(folder.resolve("over"), Path.of("old"));
        Files.createSymbolicLink(folder.resolve("ring"), Path.of("ring"));
        Files.createSymbolicLink(folder.resolve("stick"), Path.of("/run/media/anna/stick/skill"));
        Files.createSymbolicLink(folder.resolve("declared"), Path.of("../../not/yet"));
        skills.put("declared", home.resolve("not/yet"));
        Files.createSymbolicLink(folder.resolve("replaced"), Path.of("/home/hyperd/deploy/.agent/skills/replaced"));
        skills.put("replaced", home.resolve("not/yet/either"));

        assertThat(converge())
                .contains(
                        "replaced -> /home/hyperd/deploy/.agent/skills/replaced",
                        "old -> /home/hyperd/deploy/.agent/skills/old",
                        "over -> old",
                        "ring -> ring")
                .doesNotContain("declared", "stick", "good", "far");
        assertThat(isThere(folder.resolve("old"))).isFalse();
        assertThat(isThere(folder.resolve("over"))).isFalse();
        assertThat(isThere(folder.resolve("ring"))).isFalse();
        assertThat(isThere(folder.resolve("stick"))).isTrue();
        assertThat(isThere(folder.resolve("declared"))).isTrue();
        assertThat(isThere(folder.resolve("good"))).isTrue();
        assertThat(isThere(folder.resolve("far"))).isTrue();
        assertThat(mine).isDirectory();
        assertThat(assess().inSync()).isTrue();
        assertThat(assess().note()).contains("stick leads to", "not mounted", "declared: there is no ");
    }

    @Test
    void what_is_wrong_with_a_skill_of_the_owners_own_is_said() throws Exception {
        Path own = Files.createDirectory(home.resolve("own"));
        Files.writeString(own.resolve("SKILL.md"), "---\nname: other\ndescription: it\n---\ntext\n");
        skills.put("own", own);
        converge();
        assertThat(assess().inSync()).isTrue();
        assertThat(assess().note()).contains("own/SKILL.md: name: is not that of its folder, own");
    }

    @Test
    void it_goes_again_if_it_was_made_and_is_empty() throws Exception {
        SkillFolderSeen before = ((Sighting.Seen<SkillFolderSeen>) look()).observation();
        SkillFolderSpec left = kind.whenUndeclared(desired(), before, false).orElseThrow();
        Desired<SkillFolderSpec> retired =
                new Desired<>(ID, Json.read(Json.write(left), SkillFolderSpec.class), Set.of(), Place.NOWHERE, true);
        converge();
        assertThat(kind.whenUndeclared(desired(), ((Sighting.Seen<SkillFolderSeen>) look()).observation(), false))
                .isEmpty();
        Files.createDirectory(folder.resolve("mine"));
        assertThat(kind.assess(
                                retired,
                                ((Sighting.Seen<SkillFolderSeen>)
                                                kind.observe(List.of(retired)).get(ID))
                                        .observation())
                        .inSync())
                .isTrue();
        Files.delete(folder.resolve("mine"));
        for (Action action : kind.assess(
                        retired,
                        ((Sighting.Seen<SkillFolderSeen>)
                                        kind.observe(List.of(retired)).get(ID))
                                .observation())
                .actions()) {
            kind.perform(retired, action);
        }
        assertThat(folder).doesNotExist();
    }
}
