package dev.homeostat.system;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.annotation.JsonValue;
import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.homeostat.host.Locations;
import dev.homeostat.kind.catalog.Catalog;
import dev.homeostat.kind.generation.settings.DeclaredElsewhere;
import dev.homeostat.kind.generation.settings.DevShellSettings;
import dev.homeostat.kind.generation.settings.MachineData;
import dev.homeostat.kind.generation.settings.MachineJson;
import dev.homeostat.kind.generation.settings.Samples;
import dev.homeostat.resource.Catalogue;
import dev.homeostat.resource.Json;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The Nix files of templates/, with real Nix and a small stand-in for nixpkgs, which is not there. */
@Tag("system")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(120)
class TemplatesSystemTest {
    private static final Path DOCS = Path.of("docs/reference/templates.md");
    /** Of the tables of options: option, module, key, how it was checked. */
    private static final Pattern ROW = Pattern.compile(
            "^\\| `([A-Za-z0-9.<>*-]+)` \\| [^|]+ \\| [^|]+ \\| (evaluated|read|read in part|name only) \\|$",
            Pattern.MULTILINE);
    /** A place in the store where nothing has to be. */
    private static final String DAEMON = "/nix/store/0123456789abcdfghijklmnpqrsvwxyz-homeostat-0.1.0";

    private Nix nix;
    private TemplateTree tree;
    private JsonNode full;
    private JsonNode before;

    @BeforeAll
    void make(@TempDir Path folder) throws Exception {
        nix = new Nix(Files.createDirectory(folder.resolve("nix")));
        tree = new TemplateTree(Files.createDirectory(folder.resolve("tree")), nix);
        tree.own("/etc/nixos/hardware-configuration.nix", "{ swapDevices = [ { device = \"/dev/sdb\"; } ]; }");
        tree.own("/etc/nixos/mine.nix", "{ lib, ... }: { networking.networkmanager.enable = lib.mkForce false; }");
        tree.own("/etc/nixos/other.nix", "{ time.timeZone = (import ./zone.nix); }");
        tree.own("/etc/nixos/zone.nix", "\"Europe/Berlin\"");
        tree.own("/etc/nixos/mine-home.nix", "{ home.sessionVariables.MINE = \"1\"; }");
        tree.own("/etc/nixos/other-home.nix", "{ home.sessionVariables.OTHER = \"1\"; }");
        tree.own("/etc/nixos/toolrc", "setting\n");
        tree.own("/etc/nixos/other-toolrc", "other setting\n");
        full = Json.MAPPER.readTree(MachineJson.of(Samples.machine()));
        before = evaluated(full);
    }

    private JsonNode evaluated(JsonNode machine) throws Exception {
        tree.machine(machine.toString().getBytes(UTF_8));
        return tree.evaluate().json();
    }

    private String refused(JsonNode machine) throws Exception {
        tree.machine(machine.toString().getBytes(UTF_8));
        Nix.Answer answer = tree.evaluate();
        assertThat(answer.exit()).as("is refused").isNotZero();
        return answer.errors();
    }

    @Test
    void every_nix_file_is_well_formed() throws Exception {
        List<Path> files = new ArrayList<>();
        for (String folder : List.of("templates", "nix", "src/test/resources/nix")) {
            files.addAll(TemplateTree.nixFiles(Path.of(folder).toAbsolutePath()));
        }
        assertThat(files).hasSizeGreaterThan(30);
        for (Path file : files) {
            assertThat(nix.run("nix-instantiate", "--parse", file.toString()).exit())
                    .as("%s is Nix", file)
                    .isZero();
        }
    }

    // ---- every key reaches its option

    /**
     * @param key as {@link #keys} writes it
     * @param option where its value shows in what evaluate.nix says
     * @param expected that value, as JSON
     * @param changes to machine.json: pointer, value, pointer, value; the first one is the key's
     */
    private record Row(String key, String option, String expected, String... changes) {
        @Override
        public String toString() {
            return key;
        }
    }

    private static Row row(String key, String option, String expected, String... changes) {
        return new Row(key, option, expected, changes);
    }

    /** One row a key. A key with several values that do different things has its other rows in tests of their own. */
    private static List<Row> rows() {
        String db = "/secrets/entries/db";
        String builder = "/build/remoteBuilders";
        return List.of(
                row("host.name", "/nixos/networking.hostName", "'other'", "/host/name", "'other'"),
                row("host.timeZone", "/nixos/time.timeZone", "'UTC'", "/host/timeZone", "'UTC'"),
                row("host.locale", "/nixos/i18n.defaultLocale", "'C.UTF-8'", "/host/locale", "'C.UTF-8'"),
                row("host.stateVersion", "/nixos/system.stateVersion", "'24.05'", "/host/stateVersion", "'24.05'"),
                row("host.profile", "/nixos/services.qemuGuest.enable", "true", "/host/profile", "'guest'"),
                row(
                        "host.bootLoader",
                        "/nixos/boot.loader.systemd-boot.enable",
                        "true",
                        "/host/bootLoader",
                        "'systemd-boot'"),
                row(
                        "host.bootDevice",
                        "/nixos/boot.loader.grub.device",
                        "'/dev/vda'",
                        "/host/bootDevice",
                        "'/dev/vda'"),
                row("user.name", "/nixos/users/bert/isNormalUser", "true", "/user/name", "'bert'"),
                row("user.description", "/nixos/users/anna/description", "'Other'", "/user/description", "'Other'"),
                row("user.shell", "/nixos/users/anna/shell", "'package:fish'", "/user/shell", "'fish'"),
                row("user.editor", "/home/programs.vim.defaultEditor", "true", "/user/editor", "'vim'"),
                row("user.git.name", "/home/programs.git.settings/user/name", "'Other'", "/user/git/name", "'Other'"),
                row(
                        "user.git.email",
                        "/home/programs.git.settings/user/email",
                        "'o@example.org'",
                        "/user/git/email",
                        "'o@example.org'"),
                row(
                        "user.passwordHash",
                        "/nixos/users/anna/hashedPasswordFile",
                        "'/run/db'",
                        "/user/passwordHash",
                        "'db'"),
                row(
                        "build.substituters",
                        "/nixos/nix.settings.substituters",
                        "['https://o']",
                        "/build/substituters",
                        "['https://o']"),
                row(
                        "build.trustedPublicKeys",
                        "/nixos/nix.settings.trusted-public-keys",
                        "['o:k']",
                        "/build/trustedPublicKeys",
                        "['o:k']"),
                row("build.maxJobs", "/nixos/nix.settings.max-jobs", "'auto'", "/build/maxJobs", "'auto'"),
                row("build.cores", "/nixos/nix.settings.cores", "7", "/build/cores", "7"),
                row(
                        "build.remoteBuilders.*.hostName",
                        "/nixos/buildMachines/0/hostName",
                        "'o'",
                        builder + "/0/hostName",
                        "'o'"),
                row(
                        "build.remoteBuilders.*.systems",
                        "/nixos/buildMachines/0/systems",
                        "['x86_64-linux']",
                        builder + "/0/systems",
                        "[]"),
                row(
                        "build.remoteBuilders.*.protocol",
                        "/nixos/buildMachines/0/protocol",
                        "'ssh-ng'",
                        builder + "/0/protocol",
                        "'ssh-ng'"),
                row(
                        "build.remoteBuilders.*.sshUser",
                        "/nixos/buildMachines/0/sshUser",
                        "'o'",
                        builder + "/0/sshUser",
                        "'o'"),
                row(
                        "build.remoteBuilders.*.sshKey",
                        "/nixos/buildMachines/0/sshKey",
                        "'/o'",
                        builder + "/0/sshKey",
                        "'/o'"),
                row(
                        "build.remoteBuilders.*.maxJobs",
                        "/nixos/buildMachines/0/maxJobs",
                        "9",
                        builder + "/0/maxJobs",
                        "9"),
                row(
                        "build.remoteBuilders.*.speedFactor",
                        "/nixos/buildMachines/0/speedFactor",
                        "9",
                        builder + "/0/speedFactor",
                        "9"),
                row(
                        "build.remoteBuilders.*.supportedFeatures",
                        "/nixos/buildMachines/0/supportedFeatures",
                        "['o']",
                        builder + "/0/supportedFeatures",
                        "['o']"),
                row("nixos.modules", "/nixos/networking.networkmanager.enable", "true", "/nixos/modules", "[]"),
                row(
                        "nixos.packages",
                        "/nixos/environment.systemPackages",
                        "['package:ripgrep']",
                        "/nixos/packages",
                        "['ripgrep']",
                        "/facts/daemon",
                        null),
                row("nixos.allowUnfree", "/nixos/nixpkgs.config.allowUnfree", "false", "/nixos/allowUnfree", "false"),
                row("home.packages", "/home/home.packages/0", "'package:hello'", "/home/packages", "['hello']"),
                row("home.shell.aliases", "/home/home.shellAliases", "{'o':'p'}", "/home/shell/aliases", "{'o':'p'}"),
                row(
                        "home.shell.environment",
                        "/home/home.sessionVariables/O",
                        "'p'",
                        "/home/shell/environment",
                        "{'O':'p'}"),
                row(
                        "home.dotfiles.*.content",
                        "/home/files/.config~1tool.conf/text",
                        "'o'",
                        "/home/dotfiles/~0~1.config~1tool.conf/content",
                        "'o'"),
                row(
                        "home.dotfiles.*.source",
                        "/home/files/.toolrc/source",
                        "'OWN/etc/nixos/other-toolrc'",
                        "/home/dotfiles/~0~1.toolrc/source",
                        "'/etc/nixos/other-toolrc'"),
                row(
                        "home.dotfiles.*.executable",
                        "/home/files/.config~1tool.conf/executable",
                        "false",
                        "/home/dotfiles/~0~1.config~1tool.conf/executable",
                        "false"),
                row(
                        "home.modules",
                        "/home/home.sessionVariables/OTHER",
                        "'1'",
                        "/home/modules",
                        "['/etc/nixos/other-home.nix']"),
                row(
                        "devShells.*.packages",
                        "/devShells/mine/packages",
                        "['package:hello']",
                        "/devShells/mine/packages",
                        "['hello']"),
                row(
                        "devShells.*.environment",
                        "/devShells/mine/env",
                        "{'O':'p'}",
                        "/devShells/mine/environment",
                        "{'O':'p'}"),
                row(
                        "devShells.*.python",
                        "/devShells/mine/packages/1",
                        "'package:python313[torch]'",
                        "/devShells/mine/python",
                        "true",
                        "/python/overrides",
                        "{}"),
                row(
                        "python.interpreter",
                        "/home/home.packages/1",
                        "'package:python3[torch]'",
                        "/python/interpreter",
                        "'python3'",
                        "/python/overrides",
                        "{}"),
                row(
                        "python.packages",
                        "/home/home.packages/1",
                        "'package:python313[requests]'",
                        "/python/packages",
                        "['requests']"),
                row(
                        "python.overrides.*.skipTests",
                        "/home/home.packages/1",
                        "'package:python313[torch{\\'disabledTests\\':[\\'test_slow\\'],\\'pythonRelaxDeps\\':[\\'numpy\\']}]'",
                        "/python/overrides/torch/skipTests",
                        "false"),
                row(
                        "python.overrides.*.disabledTests",
                        "/home/home.packages/1",
                        "'package:python313[torch{\\'disabledTests\\':[\\'o\\'],\\'doCheck\\':false,\\'pythonRelaxDeps\\':[\\'numpy\\']}]'",
                        "/python/overrides/torch/disabledTests",
                        "['o']"),
                row(
                        "python.overrides.*.relaxDependencies",
                        "/home/home.packages/1",
                        "'package:python313[torch{\\'disabledTests\\':[\\'test_slow\\'],\\'doCheck\\':false,\\'pythonRelaxDeps\\':[\\'o\\']}]'",
                        "/python/overrides/torch/relaxDependencies",
                        "['o']"),
                row(
                        "secrets.format",
                        "/nixos/age/db/owner",
                        "'postgres'",
                        "/secrets/format",
                        "'age'",
                        db + "/file",
                        "'/db.age'",
                        "/secrets/entries/anna-password/file",
                        "'/p.age'"),
                row("secrets.file", "/nixos/sops.defaultSopsFile", "'/other'", "/secrets/file", "'/other'"),
                row("secrets.keyFile", "/nixos/sops.age.keyFile", "'/other'", "/secrets/keyFile", "'/other'"),
                row(
                        "secrets.entries.*.file",
                        "/nixos/age/db/file",
                        "'/o.age'",
                        db + "/file",
                        "'/o.age'",
                        "/secrets/format",
                        "'age'",
                        "/secrets/entries/anna-password/file",
                        "'/p.age'"),
                row(
                        "secrets.entries.*.service",
                        "/nixos/systemd/services/nginx/serviceConfig/LoadCredential",
                        "['db:/run/db']",
                        db + "/service",
                        "'nginx'"),
                row("secrets.entries.*.owner", "/nixos/sops/db/owner", "'o'", db + "/owner", "'o'"),
                row("secrets.entries.*.group", "/nixos/sops/db/group", "'o'", db + "/group", "'o'"),
                row("secrets.entries.*.mode", "/nixos/sops/db/mode", "'0444'", db + "/mode", "'0444'"),
                row("secrets.entries.*.path", "/nixos/sops/db/path", "'/o'", db + "/path", "'/o'"),
                row(
                        "services.units",
                        "/nixos/systemd/sockets/o/socketConfig",
                        "{'ListenStream':'/run/o'}",
                        "/services/units",
                        "{'o.socket':{'Socket':{'ListenStream':['/run/o']}}}"),
                row(
                        "containers.enable",
                        "/nixos/virtualisation.podman.enable",
                        null,
                        "/containers/enable",
                        "false",
                        "/ai/enable",
                        "false"),
                row(
                        "containers.rootlessUsers",
                        "/nixos/users/bert/linger",
                        "true",
                        "/containers/rootlessUsers",
                        "['bert']"),
                row(
                        "gpu.vendors",
                        "/nixos/environment.sessionVariables",
                        "{'LIBVA_DRIVER_NAME':'iHD'}",
                        "/gpu/vendors",
                        "['intel']"),
                row("cpu.vendor", "/nixos/hardware.cpu.amd.updateMicrocode", "true", "/cpu/vendor", "'amd'"),
                row("cpu.microcode", "/nixos/hardware.cpu.intel.updateMicrocode", "false", "/cpu/microcode", "false"),
                row(
                        "memory.zswapPoolPercent",
                        "/nixos/boot.kernelParams",
                        "['zswap.enabled=0']",
                        "/memory/zswapPoolPercent",
                        "0"),
                row("memory.zramPercent", "/nixos/zramSwap.memoryPercent", "50", "/memory/zramPercent", "50"),
                row("memory.swapFiles.*.path", "/nixos/swapDevices/~1o", "4096", "/memory/swapFiles/0/path", "'/o'"),
                row(
                        "memory.swapFiles.*.sizeMebibytes",
                        "/nixos/swapDevices/~1swapfile",
                        "1",
                        "/memory/swapFiles/0/sizeMebibytes",
                        "1"),
                row(
                        "virtualization.libvirt",
                        "/nixos/virtualisation.libvirtd.enable",
                        null,
                        "/virtualization/libvirt",
                        "false"),
                row(
                        "ai.enable",
                        "/nixos/users/anna/linger",
                        null,
                        "/ai/enable",
                        "false",
                        "/containers/rootlessUsers",
                        "[]"),
                row(
                        "catalog.options",
                        "/nixos/programs.fish.enable",
                        "true",
                        "/catalog/options/sample/programs.fish.enable",
                        "true"),
                row(
                        "facts.system",
                        "/nixos/nixpkgs.hostPlatform",
                        "'aarch64-linux'",
                        "/facts/system",
                        "'aarch64-linux'"),
                row(
                        "facts.daemon",
                        "/nixos/systemd/sockets/homeostat/socketConfig",
                        "{'SocketMode':'0660'}",
                        "/facts/daemon",
                        "'" + DAEMON + "'"));
    }

    @ParameterizedTest
    @MethodSource("rows")
    void a_key_reaches_its_option(Row row) throws Exception {
        JsonNode machine = full;
        for (int i = 0; i < row.changes.length; i += 2) {
            String value = row.changes[i + 1];
            machine = TemplateTree.with(machine, row.changes[i], value == null ? null : quoted(value));
        }
        JsonNode expected = row.expected == null
                ? Json.MAPPER.nullNode()
                : Json.MAPPER.readTree(quoted(row.expected)
                        .replace("OWN", tree.folder().resolve("own").toString()));
        JsonNode then = before.at(row.option);
        assertThat(then).as("%s before the change", row.option).isNotEqualTo(expected);
        JsonNode now = evaluated(machine).at(row.option);
        assertThat(now.isMissingNode() ? Json.MAPPER.nullNode() : now)
                .as("%s after the change", row.option)
                .isEqualTo(expected);
    }

    /** Rows are readable with single quotes; inside a text they are escaped. */
    private static String quoted(String json) {
        return json.replace("\\'", "\u0000").replace('\'', '"').replace("\u0000", "\\\"");
    }

    @Test
    void every_key_has_a_row() {
        Set<String> keys = new TreeSet<>();
        keys("", MachineData.class, keys);
        assertThat(rows().stream().map(Row::key)).containsExactlyInAnyOrderElementsOf(keys);
    }

    /** Dotted names of all values in a record, {@code *} for each element of a list or map of records. */
    private static void keys(String prefix, Type type, Set<String> keys) {
        switch (type) {
            case Class<?> record
            when record.isRecord() && !isOneValue(record) -> {
                for (RecordComponent component : record.getRecordComponents()) {
                    keys(
                            prefix.isEmpty() ? component.getName() : prefix + "." + component.getName(),
                            component.getGenericType(),
                            keys);
                }
            }
            case ParameterizedType container
            when container.getActualTypeArguments()[container.getActualTypeArguments().length - 1]
                            instanceof Class<?> element
                    && element.isRecord() -> keys(prefix + ".*", element, keys);
            default -> keys.add(prefix);
        }
    }

    private static boolean isOneValue(Class<?> record) {
        return Stream.of(record.getMethods()).anyMatch(m -> m.isAnnotationPresent(JsonValue.class));
    }

    // ---- what some values do beyond that

    @Test
    void each_vendor_has_its_drivers_and_two_of_them_choose_no_library_for_all() throws Exception {
        Map<String, String> packages = Map.of(
                "[\"amd\"]", "[\"package:rocmPackages.clr.icd\"]",
                "[\"nvidia\"]", "[\"package:nvidia-vaapi-driver\"]",
                "[\"intel\"]",
                        "[\"package:intel-media-driver\",\"package:intel-compute-runtime\",\"package:libvdpau-va-gl\"]");
        for (var each : packages.entrySet()) {
            JsonNode nixos = evaluated(TemplateTree.with(full, "/gpu/vendors", each.getKey()))
                    .get("nixos");
            assertThat(nixos.get("hardware.graphics.extraPackages").toString()).isEqualTo(each.getValue());
            assertThat(nixos.has("services.xserver.videoDrivers"))
                    .isEqualTo(each.getKey().contains("nvidia"));
        }
        JsonNode both = evaluated(TemplateTree.with(full, "/gpu/vendors", "[\"intel\",\"nvidia\"]"))
                .get("nixos");
        assertThat(both.has("environment.sessionVariables")).isFalse();
        assertThat(both.get("services.xserver.videoDrivers").toString()).isEqualTo("[\"nvidia\"]");
        JsonNode none = evaluated(TemplateTree.with(full, "/gpu/vendors", "[]")).get("nixos");
        assertThat(none.fieldNames())
                .toIterable()
                .noneMatch(name -> name.startsWith("hardware.graphics") || name.startsWith("hardware.nvidia"));
    }

    @Test
    void each_editor_is_the_one_that_programs_open() throws Exception {
        JsonNode codium =
                evaluated(TemplateTree.with(full, "/user/editor", "\"codium\"")).get("home");
        assertThat(codium.at("/home.sessionVariables/EDITOR").asText()).isEqualTo("codium --wait");
        assertThat(codium.get("home.packages").toString()).contains("package:vscodium");
        assertThat(before.at("/home/programs.neovim.defaultEditor").booleanValue())
                .isTrue();
    }

    @Test
    void each_shell_is_set_up_for_the_system_and_for_the_home() throws Exception {
        for (String shell : List.of("bash", "fish", "zsh")) {
            JsonNode now = evaluated(TemplateTree.with(full, "/user/shell", "\"" + shell + "\""));
            assertThat(now.at("/home/programs." + shell + ".enable").booleanValue())
                    .isTrue();
            assertThat(now.at("/nixos/programs." + shell + ".enable").isMissingNode())
                    .as("bash needs no enabling in NixOS")
                    .isEqualTo(shell.equals("bash"));
        }
    }

    @Test
    void the_ready_made_shells_are_there_without_being_declared() throws Exception {
        JsonNode shells = evaluated(TemplateTree.with(full, "/devShells", "{}")).get("devShells");
        assertThat(shells.fieldNames()).toIterable().containsExactlyInAnyOrderElementsOf(DevShellSettings.READY_MADE);
        assertThat(before.at("/devShells/ts-dev/packages").toString())
                .startsWith(shells.at("/ts-dev/packages").toString().replace("]", ","))
                .contains("package:hello");
    }

    @Test
    void the_least_declaration_is_enough() throws Exception {
        MachineData least = MachineData.of(Samples.least(), Samples.FACTS, DeclaredElsewhere.NOTHING);
        tree.machine(MachineJson.of(least));
        JsonNode made = tree.evaluate().json();
        assertThat(made.at("/nixos/networking.hostName").asText()).isEqualTo("bench");
        assertThat(made.at("/nixos/nix.settings.max-jobs").asText()).isEqualTo("auto");
        assertThat(made.at("/nixos/users").toString()).isEqualTo("{}");
        assertThat(made.at("/nixos").fieldNames())
                .toIterable()
                .noneMatch(name -> name.startsWith("virtualisation.")
                        || name.startsWith("hardware.") && !name.startsWith("hardware.cpu."));
    }

    @Test
    void the_ai_switch_sets_nothing_when_it_is_off() throws Exception {
        JsonNode off = TemplateTree.with(TemplateTree.with(full, "/ai/enable", "false"), "/containers/enable", "false");
        JsonNode without = TemplateTree.with(off, "/ai", null);
        assertThat(evaluated(off)).isEqualTo(evaluated(without));
    }

    @Test
    void own_modules_and_the_hardware_configuration_are_part_of_the_system() throws Exception {
        assertThat(before.at("/nixos/networking.networkmanager.enable").booleanValue())
                .as("an own module has the last word")
                .isFalse();
        assertThat(before.at("/nixos/swapDevices").has("/dev/sdb")).isTrue();
        JsonNode other = TemplateTree.with(
                TemplateTree.with(full, "/nixos/modules", "[\"/etc/nixos/other.nix\"]"),
                "/host/timeZone",
                "\"Europe/Berlin\"");
        assertThat(evaluated(other).at("/nixos/time.timeZone").asText())
                .as("what an own module imports is found beside it")
                .isEqualTo("Europe/Berlin");
    }

    @Test
    void what_is_not_known_is_refused_by_name() throws Exception {
        assertThat(refused(TemplateTree.with(full, "/host/colour", "\"red\"")))
                .contains("homeostat.host.colour does not exist");
        assertThat(refused(TemplateTree.with(full, "/colour", "{}"))).contains("homeostat.colour does not exist");
        assertThat(refused(TemplateTree.with(full, "/user/colour", "1")))
                .contains("homeostat.user.colour does not exist");
        assertThat(refused(TemplateTree.with(full, "/build/cores", "\"many\"")))
                .contains("homeostat.build.cores is not");
        assertThat(refused(TemplateTree.with(full, "/nixos/packages", "[\"no-such-thing\"]")))
                .contains("there is no package no-such-thing");
        assertThat(refused(TemplateTree.with(full, "/python/packages", "[\"no-such-thing\"]")))
                .contains("there is no Python package no-such-thing");
    }

    @Test
    void two_values_for_one_option_are_an_error_unless_one_has_precedence() throws Exception {
        JsonNode clash = TemplateTree.with(full, "/nixos/modules", "[\"/etc/nixos/other.nix\"]");
        assertThat(evaluated(clash).at("/nixos/time.timeZone").asText()).isEqualTo("Europe/Berlin");
        assertThat(refused(TemplateTree.with(clash, "/host/timeZone", "\"UTC\"")))
                .contains("time.timeZone is defined in different ways");
    }

    @Test
    void every_entry_of_the_catalogue_reaches_its_options_and_an_own_module_has_the_last_word() throws Exception {
        ObjectNode asked = Json.MAPPER.createObjectNode();
        for (Catalogue.Offer offer : new Catalog(Locations.system(Map.of())).offers()) {
            for (String option : offer.options()) {
                int sign = option.indexOf(" = ");
                asked.withObject(JsonPointer.empty().appendProperty(offer.name()))
                        .set(option.substring(0, sign), Json.MAPPER.readTree(option.substring(sign + 3)));
            }
        }
        assertThat(asked).hasSizeGreaterThan(8);
        JsonNode made = evaluated(TemplateTree.with(full, "/catalog/options", asked.toString()));
        asked.forEach(options -> options.properties().forEach(option -> {
            JsonNode value = option.getKey().startsWith("systemd.")
                    ? made.at("/nixos/" + option.getKey().replace('.', '/'))
                    : made.at("/nixos/" + option.getKey());
            assertThat(value).as(option.getKey()).isEqualTo(option.getValue());
        }));
        assertThat(made.at("/nixos/users/anna/extraGroups").toString()).contains("libvirtd");

        tree.own("/etc/nixos/mine-too.nix", "{ services.redis.servers.main.port = 7000; }");
        JsonNode both = TemplateTree.with(
                TemplateTree.with(full, "/catalog/options", asked.toString()),
                "/nixos/modules",
                "[\"/etc/nixos/mine-too.nix\"]");
        assertThat(evaluated(both).at("/nixos/services.redis.servers.main.port").intValue())
                .isEqualTo(7000);
    }

    @Test
    void text_stays_text_whatever_it_looks_like() throws Exception {
        String odd = Json.write("${builtins.abort \"x\"} '' \\ $(id) `id` \"");
        JsonNode made = evaluated(TemplateTree.with(
                TemplateTree.with(full, "/user/description", odd),
                "/home/dotfiles/~0~1.config~1tool.conf/content",
                odd));
        assertThat(made.at("/nixos/users/anna/description")).isEqualTo(Json.MAPPER.readTree(odd));
        assertThat(made.at("/home/files/.config~1tool.conf/text")).isEqualTo(Json.MAPPER.readTree(odd));
    }

    @Test
    void a_systemd_unit_keeps_what_is_declared_for_it_and_what_secrets_add() throws Exception {
        JsonNode both = TemplateTree.with(full, "/secrets/entries/db/service", "\"hello\"");
        both = TemplateTree.with(
                both,
                "/services/units/hello.service/Service",
                "{\"ExecStart\":[\"/bin/true\"],\"LoadCredential\":[\"a:/a\"]}");
        JsonNode service = evaluated(both).at("/nixos/systemd/services/hello/serviceConfig");
        assertThat(service.get("LoadCredential")).hasSize(2);
        assertThat(service.get("ExecStart").asText()).isEqualTo("/bin/true");
    }

    // ---- the flake

    private void lock() throws Exception {
        List<String> command = new ArrayList<>(List.of("nix", "flake", "lock"));
        for (String input : Samples.full().nixos().flakeInputs().keySet()) {
            command.addAll(List.of("--override-flake", input, "path:" + TemplateTree.STAND_IN + "?dir=" + input));
        }
        command.add("path:" + tree.folder());
        nix.run(command.toArray(String[]::new)).succeeded();
    }

    private Nix.Answer eval(String attribute) throws Exception {
        return nix.run("nix", "eval", "--json", "path:" + tree.folder() + "#" + attribute);
    }

    @Test
    void the_flake_is_locked_once_and_then_needs_no_registry() throws Exception {
        tree.machine(full.toString().getBytes(UTF_8));
        lock();
        Path file = tree.folder().resolve("flake.lock");
        String locked = Files.readString(file);
        assertThat(eval("nixosConfigurations.bench.config.networking.hostName").succeeded())
                .isEqualTo("\"bench\"");
        assertThat(eval("homeConfigurations.anna.config.home.username").succeeded())
                .isEqualTo("\"anna\"");
        assertThat(eval("devShells.x86_64-linux.ts-dev.env").json().get("KEY").asText())
                .isEqualTo("value");
        assertThat(Files.readString(file)).as("not locked again").isEqualTo(locked);
        // the declaration may change: the lock stays
        tree.machine(
                TemplateTree.with(full, "/host/name", "\"other\"").toString().getBytes(UTF_8));
        assertThat(eval("nixosConfigurations.other.config.networking.hostName").succeeded())
                .isEqualTo("\"other\"");
        assertThat(Files.readString(file)).isEqualTo(locked);
    }

    @Test
    void no_secret_gets_into_the_store(@TempDir Path secrets) throws Exception {
        String value = "value-that-is-secret";
        Path file = Files.writeString(secrets.resolve("all.yaml"), value);
        JsonNode machine = TemplateTree.with(
                TemplateTree.with(full, "/secrets/file", Json.write(file)), "/secrets/keyFile", Json.write(file));
        tree.machine(machine.toString().getBytes(UTF_8));
        lock();
        assertThat(eval("nixosConfigurations.bench.config.sops.defaultSopsFile").succeeded())
                .isEqualTo("\"" + file + "\"");
        List<Path> stored;
        try (Stream<Path> files = Files.walk(Path.of("/nix/store"))) {
            stored = files.filter(Files::isRegularFile).toList();
        }
        assertThat(stored).as("the tree is in the store").anyMatch(path -> path.endsWith("machine.json"));
        for (Path path : stored) {
            assertThat(new String(Files.readAllBytes(path), UTF_8))
                    .as("%s", path)
                    .doesNotContain(value);
        }
    }

    @Test
    void a_generated_system_keeps_the_daemon_that_generated_it(@TempDir Path folder) throws Exception {
        Path built = Files.createDirectory(folder.resolve("homeostat-0.1.0"));
        Files.writeString(built.resolve("program"), "stands in for the daemon");
        String stored = nix.run("nix-store", "--add", built.toString()).succeeded();
        tree.machine(TemplateTree.with(full, "/facts/daemon", Json.write(stored))
                .toString()
                .getBytes(UTF_8));
        lock();
        String daemon = "nixosConfigurations.bench.config.services.homeostat";
        assertThat(eval(daemon + ".enable").succeeded()).isEqualTo("true");
        assertThat(eval(daemon + ".package").succeeded()).isEqualTo("\"" + stored + "\"");
        // what refers to it is known to Nix, in pure evaluation: so it is part of what the system needs
        assertThat(nix.run(
                                "nix",
                                "eval",
                                "--json",
                                "path:" + tree.folder() + "#" + daemon + ".package",
                                "--apply",
                                "package: builtins.getContext \"${package}\"")
                        .json()
                        .get(stored)
                        .get("path")
                        .booleanValue())
                .isTrue();
    }

    // ---- what the documentation says

    @Test
    void every_option_that_is_set_is_documented_and_no_other() throws Exception {
        Set<String> set = new TreeSet<>();
        // together they set everything
        for (JsonNode machine : List.of(
                TemplateTree.with(full, "/facts/daemon", "\"" + DAEMON + "\""),
                TemplateTree.with(
                        TemplateTree.with(full, "/host/bootLoader", "\"systemd-boot\""), "/user/editor", "\"vim\""),
                TemplateTree.with(TemplateTree.with(full, "/host/profile", "\"guest\""), "/user/shell", "\"bash\""),
                TemplateTree.with(full, "/cpu/vendor", "\"amd\""),
                TemplateTree.with(TemplateTree.with(full, "/host/profile", "\"ci\""), "/user/shell", "\"fish\""),
                TemplateTree.with(
                        TemplateTree.with(
                                full,
                                "/services/units",
                                "{\"o.socket\":{\"Socket\":{\"ListenStream\":[\"/o\"]}},"
                                        + "\"o.path\":{\"Path\":{\"PathExists\":[\"/o\"]}},\"o.target\":{}}"),
                        "/secrets/entries",
                        "{\"anna-password\":{\"mode\":\"0400\",\"file\":\"/a\",\"path\":\"/b\",\"owner\":\"o\",\"group\":\"g\"}}"),
                TemplateTree.with(
                        TemplateTree.with(full, "/secrets/format", "\"age\""),
                        "/secrets/entries",
                        "{\"anna-password\":{\"mode\":\"0400\",\"file\":\"/a\",\"path\":\"/b\",\"owner\":\"o\",\"group\":\"g\"}}"))) {
            JsonNode made = evaluated(machine);
            made.get("nixosOptions").forEach(option -> set.add(option.asText()));
            made.get("homeOptions").forEach(option -> set.add(option.asText()));
        }
        Set<String> documented = new TreeSet<>();
        ROW.matcher(Files.readString(DOCS)).results().forEach(row -> documented.add(row.group(1)));
        assertThat(documented).containsExactlyInAnyOrderElementsOf(set);
    }
}
