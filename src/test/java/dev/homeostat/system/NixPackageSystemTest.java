package dev.homeostat.system;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.homeostat.resource.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Package, module and flake of nix/, as far as they go without nixpkgs. */
@Tag("system")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(240)
class NixPackageSystemTest {
    private static final Path TREE = Path.of("").toAbsolutePath();
    private static final Path STAND_IN = TemplateTree.STAND_IN;
    /** A recording JVM is slow, and two of them are started. */
    private static final int TRAINING_SECONDS = 180;

    private Nix nix;

    @BeforeAll
    void make(@TempDir Path folder) {
        nix = new Nix(folder);
    }

    // ---- the module

    private JsonNode module(String options) throws Exception {
        return nix.run(
                        "nix-instantiate",
                        "--eval",
                        "--strict",
                        "--json",
                        STAND_IN.resolve("daemon.nix").toString(),
                        "--argstr",
                        "options",
                        options)
                .json();
    }

    @Test
    void the_module_puts_the_units_of_the_package_in_force() throws Exception {
        JsonNode on = module("{\"enable\": true}");
        assertThat(on.get("packages").toString()).isEqualTo("[\"package:homeostat\"]");
        assertThat(on.get("tmpfiles").toString()).isEqualTo("[\"package:homeostat\"]");
        assertThat(on.get("systemPackages").toString()).isEqualTo("[\"package:homeostat\",\"package:git\"]");
        assertThat(on.at("/services/homeostat/wantedBy").toString()).isEqualTo("[\"multi-user.target\"]");
        assertThat(on.at("/services/homeostat/serviceConfig").isEmpty())
                .as("nothing that the unit of the package would have to agree with")
                .isTrue();
        assertThat(on.at("/services/homeostat/enableDefaultPath").booleanValue())
                .isFalse();
        assertThat(on.at("/sockets/homeostat/wantedBy").toString()).isEqualTo("[\"sockets.target\"]");
        assertThat(on.get("etc").isEmpty()).as("the owner edits the file").isTrue();
        JsonNode off = module("{}");
        assertThat(off.get("packages").isEmpty()).isTrue();
        assertThat(off.get("services").isEmpty()).isTrue();
        assertThat(off.get("groups").isEmpty()).isTrue();
    }

    @Test
    void each_option_of_the_module_reaches_what_it_should() throws Exception {
        JsonNode on = module("""
                {"enable": true, "users": ["anna"], "socket": {"mode": "0666"}, "metrics": {"port": 9321},
                 "settings": {"version": 1, "policy": {"apply": "ask"}}}""");
        assertThat(on.at("/groups/homeostat/members").toString()).isEqualTo("[\"anna\"]");
        assertThat(on.at("/sockets/homeostat/socketConfig/SocketMode").asText()).isEqualTo("0666");
        JsonNode file = on.at("/etc/homeostat~1machine.yaml");
        assertThat(file.get("mode").asText()).isEqualTo("0640");
        assertThat(file.get("group").asText()).isEqualTo("homeostat");
        assertThat(file.get("source").asText())
                .isEqualTo("package:machine.yaml="
                        + "{\"policy\":{\"apply\":\"ask\",\"metrics\":{\"port\":9321}},\"version\":1}");
        assertThat(on.get("failed").isEmpty()).isTrue();
    }

    @Test
    void metrics_without_settings_are_refused_with_a_remedy() throws Exception {
        assertThat(module("{\"enable\": true, \"metrics\": {\"port\": 9321}}")
                        .get("failed")
                        .toString())
                .contains("write policy.metrics.port into machine.yaml");
    }

    // ---- the flake

    @Test
    void the_flake_offers_packages_an_overlay_and_the_module(@TempDir Path copy) throws Exception {
        for (String folder : List.of("nix", "templates")) {
            for (Path file : TemplateTree.nixFiles(TREE.resolve(folder))) {
                Path to = copy.resolve(TREE.relativize(file));
                Files.createDirectories(to.getParent());
                Files.copy(file, to);
            }
        }
        String shown = nix.run(
                        "nix",
                        "eval",
                        "--json",
                        "--no-write-lock-file",
                        "--override-input",
                        "nixpkgs",
                        "path:" + STAND_IN + "?dir=nixpkgs",
                        "path:" + copy + "?dir=nix#packages",
                        "--apply",
                        "builtins.mapAttrs (_: builtins.mapAttrs (_: package: package.name))")
                .succeeded();
        String both = "{\"default\":\"homeostat\",\"native\":\"homeostat-native\"}";
        assertThat(shown).isEqualTo("{\"aarch64-linux\":" + both + ",\"x86_64-linux\":" + both + "}");
    }

    // ---- the package

    private JsonNode build(String jdk, boolean isNative) throws Exception {
        return nix.run(
                        "nix-instantiate",
                        "--eval",
                        "--strict",
                        "--json",
                        STAND_IN.resolve("package.nix").toString(),
                        "--argstr",
                        "jdk",
                        jdk,
                        "--argstr",
                        "coreutils",
                        "/usr",
                        "--arg",
                        "native",
                        Boolean.toString(isNative))
                .json();
    }

    @Test
    void both_variants_are_built_without_tests_and_with_the_packaging_they_need() throws Exception {
        assertThat(build("/jdk", false).get("mvnParameters").asText())
                .contains("-Dmaven.test.skip=true", "-Dquarkus.package.jar.type=aot-jar")
                .doesNotContain("-Pnative");
        assertThat(build("/jdk", true).get("mvnParameters").asText()).contains("-Pnative");
        assertThat(build("/jdk", true).get("postFixup").asText()).isEmpty();
        assertThat(build("/jdk", true).get("installPhase").asText()).contains("target/homeostat-runner");
    }

    @Test
    void what_the_package_installs_works_where_it_is(@TempDir Path folder) throws Exception {
        assertThat(Path.of("target/quarkus-app/quarkus-run.jar"))
                .as("built by deploy/build")
                .exists();
        Path out = folder.resolve("0123456789abcdfghijklmnpqrsvwxyz-homeostat-0.1.0");
        JsonNode build = build(System.getProperty("java.home"), false);
        Path script = Files.writeString(
                folder.resolve("install"),
                Files.readString(STAND_IN.resolve("stdenv.sh"))
                        + "out=$1\ncd \"$2\"\n"
                        + build.get("installPhase").asText()
                        + "\n"
                        + build.get("postFixup").asText());
        Path source = folder.resolve("source");
        Files.createDirectories(source);
        for (String part : List.of("deploy", "docs", "README.md", "templates", "target")) {
            Files.createSymbolicLink(source.resolve(part), TREE.resolve(part));
        }
        Nix.Answer installed = nix.run(TRAINING_SECONDS, "bash", script.toString(), out.toString(), source.toString());
        assertThat(installed.succeeded()).isNotNull();
        assertThat(installed.errors()).doesNotContain("no ahead-of-time caches");

        nothingElsewhereIsNamed(out);
        Nix.Answer verified = nix.run(
                "systemd-analyze",
                "verify",
                "--man=no",
                "--recursive-errors=no",
                out.resolve("lib/systemd/system/homeostat.service").toString());
        assertThat(verified.exit()).as(verified.errors()).isZero();

        // as the store gives it out: every file of one age, none to be written to
        nix.run("find", out.toString(), "-exec", "touch", "--no-dereference", "--date=@1", "{}", "+")
                .succeeded();
        nix.run("chmod", "-R", "a-w", out.toString()).succeeded();
        JsonNode schema =
                nix.run(out.resolve("bin/homeostat").toString(), "schema").json();
        assertThat(schema)
                .isEqualTo(Json.MAPPER.readTree(Files.readString(out.resolve("share/homeostat/machine.schema.json"))));
        assertThat(out.resolve("share/bash-completion/completions/homeostat")).isNotEmptyFile();
        assertThat(out.resolve("share/homeostat/templates/flake.nix")).exists();
        assertThat(startedFromItsCache(out)).as("the cache is valid").isTrue();
        nix.run("touch", out.resolve("lib/homeostat/app/quarkus-run.jar").toString())
                .succeeded();
        assertThat(startedFromItsCache(out)).as("it is for a jar of one age").isFalse();
    }

    /** With AOTMode=on a JVM whose cache is not valid does not start. */
    private boolean startedFromItsCache(Path out) throws Exception {
        Path lib = out.resolve("lib/homeostat");
        return nix.run(
                                lib.resolve("java").toString(),
                                "@" + lib.resolve("daemon.args"),
                                "-XX:AOTCache=" + lib.resolve("daemon.aot"),
                                "-XX:AOTMode=on",
                                "-jar",
                                lib.resolve("app/quarkus-run.jar").toString(),
                                "schema")
                        .exit()
                == 0;
    }

    private static void nothingElsewhereIsNamed(Path out) throws IOException {
        List<Path> texts;
        try (Stream<Path> files = Files.walk(out.resolve("lib/systemd"))) {
            texts = Stream.concat(files.filter(Files::isRegularFile), Stream.of(out.resolve("bin/homeostat")))
                    .toList();
        }
        assertThat(texts).hasSize(6);
        for (Path text : texts) {
            assertThat(Files.readAllLines(text).stream()
                            .filter(line -> !line.startsWith("#") && !line.startsWith("Environment=PATH=")))
                    .as("%s", text)
                    .noneMatch(line -> line.contains("/usr/lib/homeostat")
                            || line.contains("/usr/bin/homeostat")
                            || line.contains("ExecStartPre"));
        }
        assertThat(Files.readString(out.resolve("lib/systemd/system/homeostat.service")))
                .contains("ExecStart=" + out + "/bin/homeostat daemon\n", "ExecReload=/usr/bin/kill -HUP $MAINPID\n");
    }
}
