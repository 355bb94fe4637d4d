package dev.homeostat.declaration;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.homeostat.control.console.first.Findings;
import dev.homeostat.control.console.first.FirstFile;
import dev.homeostat.control.console.first.FirstLook;
import dev.homeostat.control.console.first.Predecessor;
import dev.homeostat.host.facts.Hardware;
import dev.homeostat.host.facts.Hardware.Display;
import dev.homeostat.host.facts.Hardware.Maker;
import dev.homeostat.host.facts.Identity;
import dev.homeostat.host.facts.Identity.Person;
import dev.homeostat.host.facts.Machine;
import dev.homeostat.reconcile.Refusal;
import dev.homeostat.resource.Inventory.Found;
import dev.homeostat.resource.Json;
import dev.homeostat.resource.Problem;
import dev.homeostat.resource.ResourceId;
import dev.homeostat.resource.Scope;
import dev.homeostat.resource.Trouble;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** A first machine.yaml, of facts of a machine and of the predecessor's files, read back as the daemon reads it. */
class FirstDeclarationTest {
    private static final long GIB = 1L << 30;
    /** An entry that is not in force: a # that no blank and word follow. */
    private static final Pattern NOT_IN_FORCE = Pattern.compile("^#(?! \\S|\\n)", Pattern.MULTILINE);

    private final DeclarationReader reader = Readers.system();

    private List<Problem> problems(byte[] yaml) {
        try {
            read(new String(yaml, UTF_8));
            return List.of();
        } catch (InvalidDeclaration e) {
            return e.problems();
        }
    }

    private Declaration read(String yaml) throws InvalidDeclaration {
        return reader.read(new LinkedHashMap<>(Map.of("machine.yaml", yaml.getBytes(UTF_8))));
    }

    private static ObjectNode entry(String json) {
        return Json.read(json, ObjectNode.class);
    }

    private static Machine machine(String os, String version) {
        return new Machine(
                new Machine.OperatingSystem(os, Optional.of(version)),
                "x86_64-linux",
                8,
                Optional.of("GenuineIntel"),
                16 * GIB,
                Machine.Firmware.UEFI,
                Optional.of(Machine.BootLoader.SYSTEMD_BOOT),
                List.of(),
                List.of());
    }

    private static Hardware hardware(List<Display> displays, List<Hardware.Swap> swaps) {
        return new Hardware(
                Optional.empty(),
                displays,
                Optional.empty(),
                Optional.of(new Hardware.Zswap(true, "zstd", 20)),
                List.of(),
                swaps,
                Hardware.Hibernation.of(16 * GIB, swaps));
    }

    private static final Display INTEL =
            new Display("0000:00:02.0", Maker.INTEL, Optional.of("i915"), Optional.of("i915"), Optional.empty());

    private static Findings workshop() {
        Found shop = new Found(
                "shop",
                entry("""
                        {"image": "docker.io/library/nginx:1", "environment": {"LEVEL": "3", "NOTE": "off"},
                         "ports": ["127.0.0.1:8080:80"], "mounts": [{"volume": "shop-data", "path": "/data"}]}"""),
                List.of(
                        "DB_PASSWORD is left out, as it may be a secret: put it into a file, and name that under environmentFiles."),
                Optional.empty());
        Found nightly = new Found(
                "nightly.timer",
                entry("{\"state\": \"running\", \"startup\": \"enabled\"}"),
                List.of(),
                Optional.empty());
        Found own = new Found(
                "mine", entry("{\"image\": \"localhost/mine:1\", \"restart\": \"no\"}"), List.of(), Optional.empty());
        return new Findings(
                machine("nixos", "25.05"),
                hardware(List.of(INTEL), List.of(new Hardware.Swap("/var/swap", "file", 8 * GIB - 4096, 0, -2))),
                new Identity(
                        Optional.of("workshop"),
                        Optional.of("Europe/Berlin"),
                        Optional.of("de_DE.UTF-8"),
                        Optional.of("24.11"),
                        true,
                        List.of(
                                new Person(
                                        "anna",
                                        Optional.of("Anna Berg"),
                                        "zsh",
                                        Optional.of("Anna Berg"),
                                        Optional.of("anna@example.org")),
                                new Person("bert", Optional.empty(), "bash", Optional.empty(), Optional.empty())),
                        List.of("anna")),
                List.of(
                        new Findings.Part(Scope.OWN, "services", List.of(nightly)),
                        new Findings.Part(Scope.OWN, "containers", List.of(shop)),
                        new Findings.Part(Scope.of("anna"), "containers", List.of(own))),
                List.of("Not looked at: services of user anna: systemd of user anna does not answer."));
    }

    @Test
    void what_the_machine_is_already_is_in_force_and_all_else_a_comment_with_its_reason() throws InvalidDeclaration {
        String text = FirstFile.of(
                workshop(),
                Map.of(ResourceId.parse("container/shop"), "there is a container shop that Homeostat did not make"),
                this::problems);
        assertThat(text).isEqualTo(EXPECTED);
        assertThat(read(text).resources().keySet())
                .containsExactlyInAnyOrder(
                        ResourceId.parse("service/nightly.timer"), ResourceId.parse("container/anna@mine"));
    }

    @Test
    void taking_the_signs_away_puts_everything_in_force() throws InvalidDeclaration {
        String text = FirstFile.of(workshop(), Map.of(ResourceId.parse("container/shop"), "not ours"), this::problems);
        assertThat(read(NOT_IN_FORCE.matcher(text).replaceAll("")).resources().keySet())
                .contains(
                        ResourceId.parse("container/shop"),
                        ResourceId.parse("generation/system"),
                        ResourceId.parse("home/anna"));
    }

    @Test
    void what_a_declaration_does_not_take_is_left_out_and_told() throws InvalidDeclaration {
        Findings bare = new Findings(
                machine("debian", "13"),
                hardware(List.of(), List.of()),
                new Identity(
                        Optional.of("bad_name"),
                        Optional.of("Etc/\u001b[31m"),
                        Optional.of("tlh"),
                        Optional.empty(),
                        false,
                        List.of(new Person(
                                "Anna", Optional.of("a\nversion: 2"), "nu", Optional.empty(), Optional.empty())),
                        List.of()),
                List.of(),
                List.of());
        String text = FirstFile.of(bare, Map.of(), this::problems);
        assertThat(text)
                .contains("# host.name is left out: ")
                .contains("# host.timeZone is left out: ")
                .contains("# user.name is left out: ")
                .contains("# user.shell is left out: nu is none of bash, zsh and fish.")
                .contains("This machine is no NixOS (debian 13).")
                .doesNotContain("\u001b")
                .doesNotContain("\nversion: 2");
        assertThat(read(text).resources()).isEmpty();
        assertThat(problems(NOT_IN_FORCE.matcher(text).replaceAll("").getBytes(UTF_8)))
                .isEmpty();
    }

    /** Names and values of a machine are somebody's: none begins a line of its own, or an entry. */
    @Test
    void hostile_names_stay_in_their_comment() throws InvalidDeclaration {
        Found hostile = new Found(
                "x",
                entry(
                        "{\"image\": \"localhost/x:1\", \"labels\": {\"a\": \"b\\nservices:\\n  evil: {state: running}\"}}"),
                List.of("first\nservices: {evil: {state: running}}"),
                Optional.empty());
        Findings findings = new Findings(
                machine("nixos", "25.05"),
                hardware(List.of(), List.of()),
                workshop().identity(),
                List.of(new Findings.Part(Scope.OWN, "containers", List.of(hostile))),
                List.of());
        String text = FirstFile.of(
                findings, Map.of(ResourceId.parse("container/x"), "made by\r\nservices: {evil: {}}"), this::problems);
        assertThat(read(text).resources()).isEmpty();
        String inForce = FirstFile.of(findings, Map.of(), this::problems);
        assertThat(read(inForce).resources().keySet()).containsExactly(ResourceId.parse("container/x"));
    }

    private SortedMap<ResourceId, String> reasons(Findings findings, Map<ResourceId, String> differ) throws Refusal {
        return FirstLook.reasons(findings, this::problems, (name, yaml) -> {
            List<Problem> problems = problems(yaml);
            if (!problems.isEmpty()) {
                throw new Refusal(Refusal.Sort.INVALID, "invalid", problems);
            }
            SortedMap<ResourceId, String> reasons = new TreeMap<>(differ);
            try {
                reasons.keySet()
                        .retainAll(read(new String(yaml, UTF_8)).resources().keySet());
            } catch (InvalidDeclaration e) {
                throw new IllegalStateException("it was valid", e);
            }
            return reasons;
        });
    }

    private static Findings of(Findings.Part... parts) {
        return new Findings(
                machine("nixos", "25.05"),
                hardware(List.of(), List.of()),
                workshop().identity(),
                List.of(parts),
                List.of());
    }

    /** A unit of the owner's that starts a container of the same name: the container is another's, the unit can be kept. */
    @Test
    void an_entry_that_was_only_refused_beside_another_is_in_force_without_it() throws Exception {
        ResourceId container = ResourceId.parse("container/shop");
        Findings findings = of(
                new Findings.Part(
                        Scope.OWN,
                        "services",
                        List.of(new Found(
                                "shop.service", entry("{\"startup\": \"enabled\"}"), List.of(), Optional.empty()))),
                new Findings.Part(
                        Scope.OWN,
                        "containers",
                        List.of(new Found(
                                "shop", entry("{\"image\": \"localhost/a:1\"}"), List.of(), Optional.empty()))));
        assertThat(reasons(findings, Map.of(container, "not ours"))).isEqualTo(Map.of(container, "not ours"));
    }

    @Test
    void what_a_declaration_refuses_and_what_the_machine_is_not_become_comments() throws Exception {
        Findings findings = of(new Findings.Part(
                Scope.OWN,
                "containers",
                List.of(
                        new Found("short", entry("{\"image\": \"redis\"}"), List.of(), Optional.empty()),
                        new Found(
                                "first",
                                entry("{\"image\": \"localhost/a:1\", \"ports\": [\"80:80\"]}"),
                                List.of(),
                                Optional.empty()),
                        new Found(
                                "second",
                                entry("{\"image\": \"localhost/a:1\", \"ports\": [\"80:80\"]}"),
                                List.of(),
                                Optional.empty()),
                        new Found("odd", entry("{\"image\": \"localhost/a:1\"}"), List.of(), Optional.of("a pod")))));
        SortedMap<ResourceId, String> reasons = reasons(findings, Map.of());
        assertThat(reasons.keySet())
                .containsExactlyInAnyOrder(
                        ResourceId.parse("container/odd"),
                        ResourceId.parse("container/second"),
                        ResourceId.parse("container/short"));
        assertThat(reasons.get(ResourceId.parse("container/second")))
                .startsWith("not accepted: port 80/tcp on all addresses is already wanted by container/first");
        assertThat(reasons).containsEntry(ResourceId.parse("container/odd"), "a pod");
    }

    // ---- the predecessor

    private String imported(String... namesAndTexts) throws Trouble {
        SequencedMap<String, byte[]> files = new LinkedHashMap<>();
        for (int i = 0; i < namesAndTexts.length; i += 2) {
            files.put(namesAndTexts[i], namesAndTexts[i + 1].getBytes(UTF_8));
        }
        return Predecessor.declaration(files, this::problems);
    }

    @Test
    void the_predecessors_files_become_a_declaration() throws Exception {
        String text = imported(
                "variables.sh",
                """
                #!/usr/bin/env bash
                readonly EXIT_SUCCESS=0
                HOSTNAME=workshop
                GITEA_ENABLE="true"
                GPU_TYPE="nvidia"
                STATE_DIR="$HOME/.cache"
                declare -ag CACHES=("a" "b")
                GITEA_ADMIN_PASSWORD="swordfish"
                SELECTED_EDITOR=""
                if true; then
                    PRIMARY_USER=nobody-asked
                fi
                STATE_VERSION=24.11
                DEFAULT_CHANNEL_TRACK=unstable # as before
                """,
                "user-profile.env",
                "SELECTED_TIMEZONE=Europe/Berlin\nSELECTED_SHELL=/usr/bin/zsh\nPRIMARY_USER=anna\nUSER_DESCRIPTION=$'Anna M\\303\\274ller'\n",
                "git-identity.env",
                "GIT_USER_NAME=Anna\\ M.\\ Berg\r\nGIT_USER_EMAIL='anna@example.org'\r\n",
                "hibernation-swap-size.env",
                "HIBERNATION_SWAP_SIZE_GB=20\n",
                "zswap-override.env",
                "ZSWAP_CONFIGURATION_OVERRIDE=disable\n",
                "huggingface-token.env",
                "HUGGINGFACEHUB_API_TOKEN=hf_swordfish\n");
        assertThat(text).isEqualTo(IMPORTED);
        assertThat(text).doesNotContain("swordfish");
        assertThat(read(text).resources().keySet()).contains(ResourceId.parse("generation/system"));
    }

    @Test
    void what_the_files_do_not_say_of_the_host_is_told_and_nothing_is_in_force() throws Exception {
        String text = imported("user-profile.env", "SELECTED_TIMEZONE=Europe/Berlin\n");
        assertThat(text)
                .contains(
                        "# The system stands as a comment because the files do not say host.name and host.stateVersion:")
                .contains("\n#host:\n#  timeZone: Europe/Berlin\n#  name: workshop\n#  stateVersion: \"25.11\"\n");
        assertThat(read(text).resources()).isEmpty();
        assertThat(problems(NOT_IN_FORCE.matcher(text).replaceAll("").getBytes(UTF_8)))
                .isEmpty();
    }

    @Test
    void what_a_shell_would_work_out_is_not_taken() throws Exception {
        String text = imported("a.env", """
                HOSTNAME=$(reboot)
                USER_DESCRIPTION="`id`"
                SELECTED_SHELL=zsh; reboot
                SELECTED_EDITOR=vim reboot
                SELECTED_TIMEZONE='Europe
                GIT_USER_NAME=$'a\\nb'
                PRIMARY_USER=anna\\
                GPU_TYPE=voodoo
                HIBERNATION_SWAP_SIZE_GB=-3
                """);
        assertThat(text)
                .contains("# a.env:1 HOSTNAME is worked out by a shell, which is not done here\n")
                .contains("# a.env:2 USER_DESCRIPTION is worked out by a shell, which is not done here\n")
                .contains("# a.env:3 SELECTED_SHELL is followed by something to be run\n")
                .contains("# a.env:4 SELECTED_EDITOR is followed by something to be run\n")
                .contains("# a.env:5 SELECTED_TIMEZONE has a quote that is not closed in its line\n")
                .contains("# a.env:6 GIT_USER_NAME has characters that are no text\n")
                .contains("# a.env:7 PRIMARY_USER goes on in the next line\n")
                .contains("# a.env:8 GPU_TYPE is not accepted: hardware.gpu")
                .contains("# a.env:9 HIBERNATION_SWAP_SIZE_GB is not accepted: memory.swap.size");
        assertThat(problems(text.getBytes(UTF_8))).isEmpty();
    }

    @Test
    void files_are_checked_at_the_door() {
        assertThatThrownBy(() -> Predecessor.declaration(
                        new LinkedHashMap<>(Map.of("big.env", new byte[256 * 1024 + 1])), this::problems))
                .isInstanceOf(Trouble.class)
                .hasMessage("big.env is larger than 256 KiB");
        assertThatThrownBy(() -> Predecessor.declaration(
                        new LinkedHashMap<>(Map.of("latin.env", new byte[] {'A', '=', (byte) 0xfc, '\n'})),
                        this::problems))
                .hasMessage("latin.env is not UTF-8");
        assertThatThrownBy(() -> imported("binary", "A=b\0c")).hasMessage("binary has a NUL character: it is no text");
    }

    private static final String EXPECTED = """
            # yaml-language-server: $schema=/usr/share/homeostat/machine.schema.json
            #
            # Written by homeostat init from what was found on this machine. In force is what the machine is already, so that a
            # first `homeostat plan` has nothing to do for it. All else stands as a comment with the reason: to put an entry in
            # force, take away the # at the beginning of its lines. What is not named here is left alone.
            version: 1

            policy:
              apply: ask # an edit waits for `homeostat apply`; auto: it is followed at once
              removal: ask # what leaves this file waits for `homeostat approve`

            # Not looked at: services of user anna: systemd of user anna does not answer.

            # The NixOS system. It stands as a comment because these keys make Homeostat build the system from this file, and put
            # it in force instead of the one that runs: look at `homeostat plan` first.
            # The flake at /etc/nixos stays the owner's with this one line instead, NAME being one of its nixosConfigurations:
            # nixos: {from: "path:/etc/nixos#NAME"}
            # user is one person; others found: bert.
            # hardware.gpu: found intel at 0000:00:02.0 driven by i915.
            #host:
            #  name: workshop
            #  timeZone: Europe/Berlin
            #  locale: de_DE.UTF-8
            #  stateVersion: "24.11"
            #user:
            #  name: anna
            #  description: Anna Berg
            #  shell: zsh
            #  git:
            #    name: Anna Berg
            #    email: anna@example.org
            #hardware:
            #  gpu: auto
            #memory:
            #  zswap: 20
            #  swap:
            #    path: /var/swap
            #    size: 8192M

            # Units whose files the owner wrote. What is in the files stays the owner's: only whether the units run and come up
            # with the machine is kept.
            services:
              nightly.timer:
                state: running
                startup: enabled

            # Containers that run. Homeostat keeps those that it made; one that somebody else made is never touched, and stands
            # here as a comment. To hand it over: save what it wrote outside its volumes and folders (podman diff NAME shows it,
            # and it is lost with the container), remove the container (podman rm; named volumes stay), and take away the # before
            # its lines. It is then made anew.
            containers:
            # shop: there is a container shop that Homeostat did not make
            # DB_PASSWORD is left out, as it may be a secret: put it into a file, and name that under environmentFiles.
            #  shop:
            #    image: docker.io/library/nginx:1
            #    environment:
            #      LEVEL: "3"
            #      NOTE: "off"
            #    ports:
            #    - 127.0.0.1:8080:80
            #    mounts:
            #    - volume: shop-data
            #      path: /data

            # What belongs to users whose services run without a login.
            users:
              anna:
            # Containers that run. Homeostat keeps those that it made; one that somebody else made is never touched, and stands
            # here as a comment. To hand it over: save what it wrote outside its volumes and folders (podman diff NAME shows it,
            # and it is lost with the container), remove the container (podman rm; named volumes stay), and take away the # before
            # its lines. It is then made anew.
                containers:
                  mine:
                    image: localhost/mine:1
                    restart: "no"
            """;

    private static final String IMPORTED = """
            # yaml-language-server: $schema=/usr/share/homeostat/machine.schema.json
            #
            # Written by homeostat import from what the predecessor was told. Nothing is put in place: read it, save it as
            # machine.yaml, and look at `homeostat plan`.
            version: 1

            policy:
              apply: ask # an edit waits for `homeostat apply`; auto: it is followed at once

            host:
              name: workshop
              stateVersion: "24.11"
              timeZone: Europe/Berlin
            user:
              shell: zsh
              name: anna
              description: Anna Müller
              git:
                name: Anna M. Berg
                email: anna@example.org
            nixos:
              channel: unstable
              allowUnfree: true
            hardware:
              gpu: nvidia
            memory:
              swap:
                size: 20G
                hibernation: true
              zswap: "off"
            catalog:
              gitea: null

            # Secrets. They are not copied: encrypt each, and name it under secrets.
            # variables.sh:8 GITEA_ADMIN_PASSWORD
            # huggingface-token.env:1 HUGGINGFACEHUB_API_TOKEN

            # Not taken over:
            # variables.sh:6 STATE_DIR is worked out by a shell, which is not done here
            # variables.sh:7 CACHES is a list
            # variables.sh:2 EXIT_SUCCESS is not known

            # Lines that are no assignment at their beginning, and were not looked at: 3.
            """;
}
