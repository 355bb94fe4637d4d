package dev.homeostat.kind.container;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.homeostat.host.podman.ContainerDetails;
import dev.homeostat.resource.Inventory.Found;
import dev.homeostat.resource.Json;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A container as podman tells of it, as an entry. */
class ContainerInventoryTest {
    private static final ContainerDetails.ImageDefaults IMAGE =
            ContainerDetails.ImageDefaults.of(Json.read("""
            {"Env": ["PATH=/usr/bin", "VERSION=7"], "Cmd": ["serve"], "Entrypoint": ["/entry"], "Labels": {"vendor": "x"},
             "WorkingDir": "/srv"}""", JsonNode.class));

    private static Found found(String more) {
        return ContainerInventory.found(ContainerDetails.of(Json.read("""
                        {"Name": "web", "ImageName": "docker.io/library/web:7", "Image": "sha256:abc",
                         "HostConfig": {"NetworkMode": "bridge", "RestartPolicy": {"Name": "always"}%s}""".formatted(more), JsonNode.class)), IMAGE);
    }

    private static final String AS_THE_IMAGE =
            "}, \"Config\": {\"Env\": [\"PATH=/usr/bin\", \"VERSION=7\", \"container=podman\", \"HOME=/root\", \"HOSTNAME=abc\"],"
                    + " \"Cmd\": [\"serve\"], \"Entrypoint\": [\"/entry\"], \"Labels\": {\"vendor\": \"x\"}, \"WorkingDir\": \"/srv\","
                    + " \"CreateCommand\": [\"podman\", \"run\", \"-d\", \"docker.io/library/web:7\"]}";

    @Test
    void what_the_image_brings_is_not_repeated() {
        Found found = found(AS_THE_IMAGE);
        assertThat(Json.write(found.entry())).isEqualTo("{\"image\":\"docker.io/library/web:7\"}");
        assertThat(found.unfit()).isEmpty();
        assertThat(found.remarks()).isEmpty();
    }

    @Test
    void everything_that_can_be_said_is_said() {
        Found found = found("""
                , "Memory": 134217728, "NanoCpus": 1500000000,
                  "PortBindings": {"80/tcp": [{"HostIp": "127.0.0.1", "HostPort": "8080"}],
                                   "53/udp": [{"HostIp": "0.0.0.0", "HostPort": "5353"}]}},
                 "NetworkSettings": {"Networks": {"local": {}}},
                 "Mounts": [{"Type": "volume", "Name": "data", "Source": "/var/lib/x", "Destination": "/data", "RW": true},
                            {"Type": "bind", "Source": "/srv/www", "Destination": "/www", "RW": false}],
                 "Config": {"Env": ["LEVEL=3"], "Cmd": ["other", "-x"], "Entrypoint": "/entry", "Labels": {"team": "a"},
                  "WorkingDir": "/srv",
                  "Healthcheck": {"Test": ["CMD-SHELL", "wget -q localhost"], "Interval": 5000000000, "Retries": 2},
                  "CreateCommand": ["podman", "run", "-dp", "127.0.0.1:8080:80", "--name=web", "-e", "LEVEL=3", "docker.io/library/web:7"]}}""");
        assertThat(Json.write(found.entry()))
                .isEqualTo("{\"image\":\"docker.io/library/web:7\",\"command\":[\"other\",\"-x\"],"
                        + "\"environment\":{\"LEVEL\":\"3\"},\"ports\":[\"127.0.0.1:8080:80\",\"5353:53/udp\"],"
                        + "\"mounts\":[{\"volume\":\"data\",\"path\":\"/data\"},"
                        + "{\"host\":\"/srv/www\",\"path\":\"/www\",\"readOnly\":true}],\"networks\":[\"local\"],"
                        + "\"health\":{\"command\":[\"sh\",\"-c\",\"wget -q localhost\"],\"interval\":\"5s\",\"retries\":2},"
                        + "\"resources\":{\"memory\":\"128M\",\"cpus\":1.5},\"labels\":{\"team\":\"a\"}}");
        assertThat(found.unfit()).isEmpty();
    }

    @Test
    void secrets_are_named_and_never_shown() {
        Found found = found("""
                }, "Config": {"Env": ["DB_PASSWORD=swordfish", "DATABASE_URL=postgres://a:swordfish@db/x",
                   "ID=9f8e7d6c5b4a39281706f5e4d3c2b1a0", "MODE=plain"],
                   "Cmd": ["serve"], "Entrypoint": ["/entry"], "WorkingDir": "/srv",
                   "CreateCommand": ["podman", "run", "--secret", "swordfish", "-e", "DB_PASSWORD=swordfish", "docker.io/library/web:7"]}}""");
        assertThat(Json.write(found)).doesNotContain("swordfish").doesNotContain("9f8e7d");
        assertThat(found.entry().path("environment").properties()).hasSize(1);
        assertThat(found.remarks())
                .extracting(remark -> remark.substring(0, remark.indexOf(' ')))
                .containsExactly("DATABASE_URL", "DB_PASSWORD", "ID");
    }

    @Test
    void what_cannot_be_said_makes_it_unfit_and_is_named() {
        Found found = found("""
                , "Privileged": true}, "Pod": "123", "Mounts": [{"Type": "tmpfs", "Destination": "/tmp"}],
                 "Config": {"Cmd": ["serve"], "Entrypoint": ["/other"], "User": "1000", "WorkingDir": "/srv",
                  "CreateCommand": ["podman", "run", "-itd", "--device=/dev/kvm", "--user", "1000", "docker.io/library/web:7", "--not-ours"]}}""");
        assertThat(found.unfit())
                .contains("what a declaration cannot say of it: the tmpfs at /tmp, its entrypoint, its user, that it is"
                        + " privileged, its pod, the option --device, the option --user, the option -i, the option -t");
    }

    /** What is in a file of variables is in the container's environment, too, under any name. */
    @Test
    void what_came_from_a_file_stays_in_it() {
        Found found = found("""
                }, "Config": {"Env": ["HARMLESS=swordfish", "LEVEL=3"], "Cmd": ["serve"], "Entrypoint": ["/entry"],
                  "WorkingDir": "/srv",
                  "CreateCommand": ["podman", "run", "--env-file", "/etc/web.env", "-eLEVEL=3", "docker.io/library/web:7"]}""");
        assertThat(Json.write(found.entry()))
                .isEqualTo("{\"image\":\"docker.io/library/web:7\",\"environment\":{\"LEVEL\":\"3\"},"
                        + "\"environmentFiles\":[\"/etc/web.env\"]}");
    }

    @Test
    void a_command_that_may_hold_a_secret_is_left_out() {
        for (String words : List.of(
                "\"redis-server\", \"--requirepass\", \"swordfish\"",
                "\"serve\", \"--api-key=swordfish\"",
                "\"serve\", \"--db\", \"postgres://a:swordfish@db/x\"")) {
            Found found = found(AS_THE_IMAGE.replace("\"Cmd\": [\"serve\"]", "\"Cmd\": [" + words + "]"));
            assertThat(Json.write(found)).doesNotContain("swordfish");
            assertThat(found.unfit())
                    .contains(
                            "what a declaration cannot say of it: its command, which is left out, as it may hold a secret");
        }
    }

    @Test
    void options_of_networks_and_mounts_are_told() {
        assertThat(found(AS_THE_IMAGE.replace(
                                "\"-d\",", "\"-v\", \"a:/b:U\", \"-v\", \"c:/d:ro\", \"--network=x:ip=10.0.0.9\","))
                        .unfit())
                .contains("what a declaration cannot say of it: the options U of what is mounted at /b,"
                        + " the options of its network");
    }

    @Test
    void a_container_of_another_maker_is_told() {
        assertThat(found(AS_THE_IMAGE.replaceAll(", \"CreateCommand\".*$", "}}"))
                        .remarks())
                .isEqualTo(List.of("It was not made by podman run: what else it was given is not known."));
    }
}
