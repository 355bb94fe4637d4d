package dev.homeostat.host.facts;

import static org.assertj.core.api.Assertions.assertThat;

import dev.homeostat.host.facts.Identity.Person;
import dev.homeostat.host.posix.PosixFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IdentityLookTest {
    @TempDir
    Path root;

    @BeforeEach
    void whose() throws IOException {
        write("etc/passwd", """
                root:x:0:0:root:/root:/bin/bash
                nobody:x:65534:65534:nobody:/:/usr/sbin/nologin
                nixbld1:x:30001:30000::/var/empty:/run/current-system/sw/bin/nologin
                bert:x:1001:100::/home/bert:/bin/fish
                anna:x:1000:100:Anna Berg,room 3,,:/home/anna:/run/current-system/sw/bin/zsh
                broken line
                """);
    }

    private void write(String path, String text) throws IOException {
        Path file = root.resolve(path);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }

    private Identity look() throws Exception {
        return new IdentityLook(new PosixFiles(), root.toRealPath()).look();
    }

    @Test
    void everything_is_found_where_it_stands() throws Exception {
        write("etc/hostname", "# ours\nworkshop\n");
        Files.createSymbolicLink(root.resolve("etc/localtime"), Path.of("/etc/zoneinfo/Europe/Berlin"));
        write("etc/locale.conf", "LC_TIME=C\nLANG=\"de_DE.UTF-8\"\n");
        write(
                "etc/nixos/configuration.nix",
                "{\n  # system.stateVersion = \"23.05\";\n  system.stateVersion = \"24.11\"; # no\n}\n");
        write("etc/nixos/flake.nix", "{}");
        write(
                "home/anna/.config/git/config",
                "[core]\n\tname = wrong\n[user]\n\tname = Anna B\n\temail = old@example.org\n");
        write("home/anna/.gitconfig", "[User]\n  email = \"anna@example.org\"\n[user \"x\"]\n  name = other\n");
        write("var/lib/systemd/linger/anna", "");
        assertThat(look())
                .isEqualTo(new Identity(
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
                                        Optional.of("Anna B"),
                                        Optional.of("anna@example.org")),
                                new Person("bert", Optional.empty(), "fish", Optional.empty(), Optional.empty())),
                        List.of("anna")));
    }

    @Test
    void what_nobody_chose_is_empty() throws Exception {
        Identity identity = look();
        assertThat(identity.hostName()).isEmpty();
        assertThat(identity.timeZone()).isEmpty();
        assertThat(identity.locale()).isEmpty();
        assertThat(identity.stateVersion()).isEmpty();
        assertThat(identity.flake()).isFalse();
        assertThat(identity.lingering()).isEmpty();
    }

    /** A user's file is the user's: a pipe or a link is not followed, and takes nothing from the others. */
    @Test
    void a_users_file_that_is_no_file_says_nothing() throws Exception {
        write("secret", "[user]\nname = stolen\nemail = stolen@example.org\n");
        Files.createDirectories(root.resolve("home/anna"));
        Files.createDirectory(root.resolve("home/anna/.gitconfig"));
        assertThat(look().people().getFirst().gitName()).isEmpty();
    }
}
