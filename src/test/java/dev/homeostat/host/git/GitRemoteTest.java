package dev.homeostat.host.git;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes an argument of git. */
class GitRemoteTest {
    private static GitRemote remote(String url) {
        return new GitRemote(url, Optional.empty(), Optional.empty());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "ext::sh -c reboot",
                "--upload-pack=reboot",
                "-u",
                "ssh://-oProxyCommand=reboot/x",
                "https://-x/y",
                "https://anna:secret@example.org/x",
                "https://example.org/x y",
                "https://example.org/x\ny",
                "http://example.org/x",
                "git://example.org/x",
                "file://elsewhere/x",
                "/srv/x",
                "anna@example.org:x"
            })
    void what_is_no_address_never_reaches_git(String url) {
        assertThatThrownBy(() -> remote(url)).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "-x",
                "--upload-pack=reboot",
                "a..b",
                "a//b",
                "a/.b",
                ".a",
                "a.",
                "a/",
                "a.lock",
                "a.lock/b",
                "a@{1}",
                "a:b",
                "a b",
                "a\nb",
                "a~1",
                "a^",
                "a*",
                "refs/heads/x:y"
            })
    void what_is_no_branch_never_reaches_git(String branch) {
        assertThatThrownBy(() -> new GitRemote("https://example.org/x", Optional.of(branch), Optional.empty()))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void ordinary_ones_are_taken() {
        for (String url : List.of(
                "https://example.org/anna/config.git",
                "https://example.org:8443/~anna/config",
                "ssh://git@example.org:2222/anna/config",
                "file:///srv/config")) {
            assertThat(remote(url).reference()).isEqualTo("HEAD");
        }
        for (String branch : List.of("main", "deploy/lab-1", "v1.2", "a@b", "feature_x+y")) {
            assertThat(new GitRemote("file:///x", Optional.of(branch), Optional.empty()).reference())
                    .isEqualTo("refs/heads/" + branch);
        }
    }

    @Test
    void secrets_are_for_https_and_are_not_shown() {
        GitRemote.Credentials secret = new GitRemote.Credentials("anna", "hunter2");
        assertThat(new GitRemote("https://example.org/x", Optional.empty(), Optional.of(secret)).toString())
                .doesNotContain("hunter2");
        assertThat(secret.toString()).doesNotContain("hunter2");
        assertThatThrownBy(() -> new GitRemote("ssh://example.org/x", Optional.empty(), Optional.of(secret)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void a_commit_is_named_in_full() {
        for (String name : List.of("", "HEAD", "-1", "0".repeat(39), "0".repeat(41), "A".repeat(40))) {
            assertThatThrownBy(() -> new CommitId(name)).isInstanceOf(IllegalArgumentException.class);
        }
        assertThat(new CommitId("a".repeat(64)).shortText()).isEqualTo("a".repeat(12));
    }

    private static void received(TransferWatch watch, String text) throws IOException {
        watch.read(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void more_than_is_allowed_is_refused_while_it_comes() throws IOException {
        received(
                new TransferWatch(2 << 20),
                "Receiving objects:  10% (1/10), 900.00 KiB | 1.00 MiB/s\rReceiving objects: 100% (10/10), 1.99 MiB | 1 MiB/s, done.\n");
        for (String much : List.of("2.00 MiB", "3000 KiB", "1.00 GiB", "2097152 bytes")) {
            assertThatThrownBy(() -> received(
                            new TransferWatch(2 << 20), "Receiving objects:  10% (1/10), " + much + " | 1.00 MiB/s\r"))
                    .as(much)
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("2 MiB");
        }
    }

    @Test
    void the_reason_is_what_git_itself_says() throws IOException {
        TransferWatch watch = new TransferWatch(1 << 20);
        received(watch, "remote: fatal: trust me\nfatal: repository 'x' not found\u001b[31m\nhint: look\n");
        assertThat(watch.reason()).isEqualTo("repository 'x' not found [31m");
    }
}
