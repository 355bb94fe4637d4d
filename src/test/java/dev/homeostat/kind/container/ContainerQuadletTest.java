package dev.homeostat.kind.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.homeostat.host.systemd.UnitFile;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ContainerQuadletTest {
    private static final Specs PLAIN = Specs.image("localhost/busybox:1", "httpd", "-f");

    private static String text(Specs specs) {
        return ContainerQuadlet.text("web", specs.spec());
    }

    @Test
    void a_container_becomes_a_file_that_says_everything() {
        Specs web = PLAIN.environment(Map.of("A", "b"))
                .environmentFiles("/etc/web.env")
                .ports("127.0.0.1:8080:80/tcp", "9090:90/udp")
                .mounts(new Mount("data", null, "/data", null), new Mount(null, "/srv/data", "/srv", true))
                .networks("local")
                .health(10, 3, "wget", "-q", "-O-", "http://127.0.0.1:80/")
                .labels(Map.of("a", "b"))
                .memory("512M")
                .units("data-volume.service", "local-network.service");
        assertThat(UnitFile.isUntouched(text(web))).isTrue();
        assertThat(text(web).lines().skip(1))
                .containsExactly(
                        "",
                        "[Unit]",
                        "Description=Container web",
                        "Wants=data-volume.service",
                        "Wants=local-network.service",
                        "After=data-volume.service",
                        "After=local-network.service",
                        "",
                        "[Container]",
                        "ContainerName=web",
                        "Image=localhost/busybox:1",
                        "Exec=\"httpd\" \"-f\"",
                        "Environment=\"A=b\"",
                        "EnvironmentFile=\"/etc/web.env\"",
                        "PublishPort=127.0.0.1:8080:80/tcp",
                        "PublishPort=9090:90/udp",
                        "Volume=data:/data",
                        "Volume=/srv/data:/srv:ro",
                        "Network=local",
                        "HealthCmd=[\"wget\",\"-q\",\"-O-\",\"http://127.0.0.1:80/\"]",
                        "HealthInterval=10s",
                        "HealthTimeout=5s",
                        "HealthRetries=3",
                        "HealthOnFailure=kill",
                        "Label=\"a=b\"",
                        "Label=dev.homeostat.spec=" + ContainerQuadlet.digest(web.spec()),
                        "PodmanArgs=--pull=never --memory=536870912 --cpus=1.5 --pids-limit=200",
                        "",
                        "[Service]",
                        "Restart=always",
                        "RestartSec=0ms",
                        "TimeoutStartSec=900s",
                        "",
                        "[Install]",
                        "WantedBy=multi-user.target default.target");
    }

    @Test
    void no_value_becomes_another_setting_or_is_expanded() {
        Specs hostile = Specs.image("localhost/busybox:1", "a\nPrivileged=true", "$HOME", "%h")
                .environment(Map.of("A", "b\n[Service]\nExecStartPre=/bin/false"))
                .labels(Map.of("l", "x\" \"y"));
        assertThat(text(hostile).lines())
                .noneMatch(line -> line.startsWith("Privileged") || line.startsWith("ExecStartPre"));
        assertThat(text(hostile)).contains("\"$$HOME\" \"%%h\"").contains("Label=\"l=x\\\" \\\"y\"");
    }

    @Test
    void a_nul_is_refused() {
        assertThatThrownBy(() -> text(PLAIN.environment(Map.of("A", "b\0c"))))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void what_only_the_unit_needs_does_not_make_a_container_another_one() {
        assertThat(ContainerQuadlet.digest(PLAIN.units("a.service").spec()))
                .isEqualTo(ContainerQuadlet.digest(PLAIN.spec()));
        assertThat(ContainerQuadlet.digest(PLAIN.ports("1:1").spec()))
                .isNotEqualTo(ContainerQuadlet.digest(PLAIN.spec()));
    }

    @Test
    void an_image_of_a_registry_may_be_pulled_by_the_unit() {
        assertThat(text(Specs.image("docker.io/library/redis:7"))).contains("PodmanArgs=--pull=missing");
    }
}
