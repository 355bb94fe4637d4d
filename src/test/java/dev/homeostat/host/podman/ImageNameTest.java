package dev.homeostat.host.podman;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ImageNameTest {
    private static final String SHA = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    @ParameterizedTest
    @CsvSource({
        "docker.io/library/redis:7, docker.io/library/redis:7",
        "localhost/mine, localhost/mine:latest",
        "127.0.0.1:5000/a/b_c:1, 127.0.0.1:5000/a/b_c:1",
        "registry:5000/x:y, registry:5000/x:y",
        "ghcr.io/a/b@" + SHA + ", ghcr.io/a/b@" + SHA,
        "ghcr.io/a/b:1@" + SHA + ", ghcr.io/a/b@" + SHA
    })
    void a_full_name_is_read_as_podman_reads_it(String text, String podman) {
        assertThat(ImageName.parse(text).text()).isEqualTo(podman);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "redis",
                "library/redis:7",
                "--privileged",
                "docker.io/Redis",
                "docker.io/a b",
                "docker.io/a\nb",
                "docker.io/a@sha256:12",
                ""
            })
    void anything_else_is_refused(String text) {
        assertThatThrownBy(() -> ImageName.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }
}
