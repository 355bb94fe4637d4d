package dev.homeostat.kind.generation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.homeostat.declaration.InvalidDeclaration;
import dev.homeostat.kind.generation.settings.DeploymentSettings;
import dev.homeostat.resource.Desired;
import dev.homeostat.resource.Json;
import dev.homeostat.resource.ResourceId;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Whose home is declared by what, and where it comes from. */
class HomeTopicTest {
    private static final String HOST = "version: 1\nhost: {name: bench, stateVersion: \"25.11\"}\n";

    private static Map<ResourceId, Desired<?>> resources(String... texts) throws InvalidDeclaration {
        return GenerationTopicTest.READER.read(GenerationTopicTest.files(texts)).resources();
    }

    private static Desired<?> home(String... texts) throws InvalidDeclaration {
        List<Desired<?>> homes = resources(texts).values().stream()
                .filter(d -> d.id().kind().equals("home"))
                .<Desired<?>>map(d -> d)
                .toList();
        assertThat(homes).hasSize(1);
        return homes.getFirst();
    }

    @Test
    void the_user_of_a_generated_system_has_a_home_of_the_same_tree() throws Exception {
        String user = HOST + "user: {name: anna}\n";
        Desired<?> home = home(user);
        assertThat(home.id()).hasToString("home/anna");
        assertThat(home.place()).hasToString("machine.yaml:3:1");
        assertThat(home.requires()).containsExactly(GenerationTopic.ID);
        GenerationSpec system =
                (GenerationSpec) resources(user).get(GenerationTopic.ID).spec();
        assertThat(home.spec())
                .isEqualTo(new HomeSpec(
                        "anna",
                        new HomeSource.Generated((SystemSource.Generated) system.source()),
                        DeploymentSettings.DEFAULT));
        assertThat(home(user, "home: {packages: [ripgrep]}").place()).hasToString("machine.d/1.yaml:1:1");
    }

    @Test
    void without_a_user_there_is_no_home() throws Exception {
        assertThat(resources(HOST)).containsOnlyKeys(GenerationTopic.ID);
        assertThat(resources("version: 1\nnixos: {from: path:/etc/nixos#bench}"))
                .containsOnlyKeys(GenerationTopic.ID);
    }

    @Test
    void a_home_of_ones_own_flake_comes_after_whichever_system_there_is() throws Exception {
        String own = "home: {from: path:/etc/homes#anna@bench}\ndeployment: {onManual: revert}\n";
        for (String system :
                List.of("version: 1\nnixos: {from: path:/etc/nixos#bench}\n", HOST, HOST + "user: {name: bert}\n")) {
            assertThat(resources(system + own))
                    .as(system)
                    .containsOnlyKeys(GenerationTopic.ID, ResourceId.parse("home/anna"));
            Desired<?> home = home(system + own);
            assertThat(home.requires()).containsExactly(GenerationTopic.ID);
            HomeSpec spec = (HomeSpec) home.spec();
            assertThat(spec.user()).isEqualTo("anna");
            assertThat(spec.source()).isEqualTo(new HomeSource.Flake("/etc/homes", "anna@bench"));
            assertThat(spec.deployment().onManual()).isEqualTo(DeploymentSettings.OnManual.REVERT);
        }
        assertThat(home("version: 1\n" + own).place()).hasToString("machine.yaml:2:14");
    }

    @Test
    void it_needs_no_system() throws Exception {
        assertThat(resources("version: 1\nhome: {from: path:/etc/homes#anna}\n"))
                .containsOnlyKeys(ResourceId.parse("home/anna"));
    }

    @Test
    void declared_files_that_it_is_made_from_come_first() throws Exception {
        String files = "files: {/etc/homes: {type: folder}, /etc/homes/flake.nix: {}, /etc/other: {}}\n";
        assertThat(home("version: 1\nhome: {from: path:/etc/homes#anna}\n" + files)
                        .requires())
                .extracting(ResourceId::toString)
                .containsExactlyInAnyOrder("file//etc/homes", "file//etc/homes/flake.nix", "generation/system");
    }

    @Test
    void where_it_comes_from_decides_nothing_in_the_system() throws Exception {
        GenerationSpec with = (GenerationSpec) resources(HOST + "home: {from: path:/etc/homes#anna}")
                .get(GenerationTopic.ID)
                .spec();
        assertThat(((SystemSource.Generated) with.source()).settings().faults()).isEmpty();
        assertThat(((SystemSource.Generated) with.source()).settings().home().packages())
                .isEmpty();
    }

    @Test
    void the_specification_is_written_and_read_as_it_is() throws Exception {
        for (String text : List.of(
                HOST + "user: {name: anna}\nhome: {dotfiles: {~/.x: {content: a}}}",
                "version: 1\nhome: {from: path:/etc/homes#anna}")) {
            HomeSpec spec = (HomeSpec) home(text).spec();
            assertThat(Json.read(Json.write(spec), HomeSpec.class)).isEqualTo(spec);
        }
    }

    @Test
    void the_home_can_be_paused() throws Exception {
        assertThat(GenerationTopicTest.READER
                        .read(GenerationTopicTest.files(
                                HOST + "user: {name: anna}\npolicy: {paused: {home/anna: {reason: busy}}}"))
                        .policy()
                        .paused())
                .containsOnlyKeys(ResourceId.parse("home/anna"));
        assertThat(Set.of(HomeKind.id("anna"))).containsExactly(ResourceId.parse("home/anna"));
    }
}
