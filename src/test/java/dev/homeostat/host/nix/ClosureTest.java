package dev.homeostat.host.nix;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ClosureTest {
    private static final Path STORE = Path.of("/nix/store");
    private static final String H1 = "1".repeat(32);
    private static final String H2 = "2".repeat(32);
    private static final String H3 = "3".repeat(32);

    private static PathInfoReader read(String json) throws IOException {
        PathInfoReader reader = new PathInfoReader(STORE);
        reader.read(new ByteArrayInputStream(json.getBytes(StandardCharsets.UTF_8)));
        return reader;
    }

    private static Closure.Item item(String name, long size, String... references) {
        return new Closure.Item(
                path(name),
                size,
                List.of(references).stream().map(ClosureTest::path).toList());
    }

    private static StorePath path(String name) {
        return new StorePath(STORE, name);
    }

    @Test
    void all_shapes_that_nix_ever_wrote_say_the_same() throws Exception {
        List<Closure.Item> expected = List.of(item(H1 + "-a-1.0", 10, H2 + "-b"), item(H2 + "-b", 20));
        assertThat(read("[{\"path\":\"/nix/store/" + H1 + "-a-1.0\",\"narSize\":10,\"references\":[\"/nix/store/" + H2
                                + "-b\"],\"extra\":{\"x\":[1]}},{\"narSize\":20,\"path\":\"/nix/store/" + H2
                                + "-b\",\"references\":[]}]")
                        .items())
                .isEqualTo(expected);
        assertThat(read("{\"/nix/store/" + H1 + "-a-1.0\":{\"narSize\":10,\"references\":[\"/nix/store/" + H2
                                + "-b\"]},\"/nix/store/" + H2 + "-b\":{\"narSize\":20,\"references\":[]}}")
                        .items())
                .isEqualTo(expected);
        assertThat(read("{\"info\":{\"" + H1 + "-a-1.0\":{\"narSize\":10,\"references\":[\"" + H2 + "-b\"]},\"" + H2
                                + "-b\":{\"narSize\":20,\"references\":[]}},\"storeDir\":\"/nix/store\",\"version\":2}")
                        .items())
                .isEqualTo(expected);
    }

    @Test
    void what_is_not_there_is_told_apart() throws Exception {
        assertThat(read("{\"/nix/store/" + H1 + "-a\":null}").missing()).containsExactly(path(H1 + "-a"));
        assertThat(read("[{\"path\":\"/nix/store/" + H1 + "-a\",\"valid\":false}]")
                        .missing())
                .containsExactly(path(H1 + "-a"));
        assertThat(read("").items()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "7",
                "\"x\"",
                "{\"/nix/store/a\":{}}",
                "{\"/nix/store/11111111111111111111111111111111-a\":7}",
                "{\"/nix/store/11111111111111111111111111111111-a\":{\"narSize\":-1,\"references\":[]}}",
                "{\"/nix/store/11111111111111111111111111111111-a\":{\"references\":[]}}",
                "{\"/nix/store/11111111111111111111111111111111-a\":{\"narSize\":1e3,\"references\":[]}}",
                "{\"/nix/store/11111111111111111111111111111111-a\":{\"narSize\":99999999999999999999}}",
                "{\"/nix/store/11111111111111111111111111111111-a\":{\"narSize\":1,\"references\":[\"/etc/passwd\"]}}",
                "{\"/nix/store/11111111111111111111111111111111-a\":{\"narSize\":1,\"references\":[",
                "{\"/nix/store/11111111111111111111111111111111-a\":{\"narSize\":1,\"references\":{}}}",
                "[{\"narSize\":1,\"references\":[]}]",
                "[[[["
            })
    void what_is_not_of_the_form_is_refused(String json) {
        assertThatThrownBy(() -> read(json)).isInstanceOf(IOException.class);
    }

    @Test
    void two_generations_that_nix_described_differ_in_exactly_what_was_changed() throws Exception {
        PathInfoReader reader = new PathInfoReader(STORE);
        try (var in = ClosureTest.class.getResourceAsStream("/nix/closure.json")) {
            reader.read(in);
        }
        Closure both = new Closure(reader.items());
        List<StorePath> generations = both.items().keySet().stream()
                .filter(path -> path.title().startsWith("nixos-system"))
                .toList();
        Closure first = both.of(generations.get(0));
        Closure second = both.of(generations.get(1));
        Closure before = first.items().keySet().stream().anyMatch(p -> p.title().equals("tree-1.8")) ? first : second;
        ClosureDifference difference = ClosureDifference.between(before, before == first ? second : first);
        assertThat(difference.packages())
                .extracting(p -> p.name() + " " + p.change() + " " + p.before() + " " + p.after())
                .containsExactly(
                        "hello CHANGED [2.12] [2.13]",
                        "initrd CHANGED [6.12.1] [6.12.2]",
                        "linux CHANGED [6.12.1] [6.12.2]",
                        "nixos-system-lab REBUILT [25.11.1] [25.11.1]",
                        "tree REMOVED [1.8] []",
                        "zip ADDED [] [3.0]");
        assertThat(difference.sizeAfterBytes() - difference.sizeBeforeBytes())
                .isEqualTo(difference.packages().stream()
                        .mapToLong(p -> p.sizeAfterBytes() - p.sizeBeforeBytes())
                        .sum());
    }

    @Test
    void several_versions_and_outputs_of_one_package_are_one_change() {
        Closure before = new Closure(List.of(item(H1 + "-openssl-3.0.1", 5), item(H2 + "-openssl-3.0.1-bin", 7)));
        Closure after = new Closure(List.of(item(H1 + "-openssl-3.0.1", 5), item(H3 + "-openssl-3.2.0", 9)));
        assertThat(ClosureDifference.between(before, after).packages())
                .containsExactly(new ClosureDifference.PackageChange(
                        "openssl",
                        ClosureDifference.Change.CHANGED,
                        List.of("3.0.1"),
                        List.of("3.0.1", "3.2.0"),
                        12,
                        14));
        assertThat(ClosureDifference.between(before, before).packages()).isEmpty();
    }

    @Test
    void a_size_beyond_all_disks_does_not_turn_negative() {
        Closure closure = new Closure(List.of(item(H1 + "-a", Long.MAX_VALUE), item(H2 + "-b", Long.MAX_VALUE)));
        assertThat(closure.sizeBytes()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void names_are_split_as_nix_does() {
        assertThat(name("hello-2.12")).isEqualTo(new PackageName("hello", "2.12"));
        assertThat(name("glibc-2.40-66-bin")).isEqualTo(new PackageName("glibc", "2.40-66"));
        assertThat(name("etc")).isEqualTo(new PackageName("etc", ""));
        assertThat(name("unit-lab-one.service")).isEqualTo(new PackageName("unit-lab-one.service", ""));
        assertThat(name("nixos-system-lab-25.11.1")).isEqualTo(new PackageName("nixos-system-lab", "25.11.1"));
        assertThat(name("x-")).isEqualTo(new PackageName("x-", ""));
        assertThat(name("-1")).isEqualTo(new PackageName("", "1"));
    }

    private static PackageName name(String title) {
        return PackageName.of(path(H1 + "-" + title));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "/",
                "nix/store/11111111111111111111111111111111-a",
                "/nix/store/../store/11111111111111111111111111111111-a",
                "/nix/store/11111111111111111111111111111111-a/bin/sh",
                "/nix/store/1111111111111111111111111111111-a",
                "/nix/store/e1111111111111111111111111111111-a",
                "/nix/store/11111111111111111111111111111111-",
                "/nix/store/11111111111111111111111111111111-a b",
                "/nix/store/11111111111111111111111111111111-a\n",
                "--option"
            })
    void what_is_no_store_path_is_refused(String text) {
        assertThatThrownBy(() -> StorePath.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "-f", "--impure", "a b", "a\nb"})
    void an_installable_is_never_an_option(String text) {
        assertThatThrownBy(() -> new Installable(text)).isInstanceOf(IllegalArgumentException.class);
    }
}
