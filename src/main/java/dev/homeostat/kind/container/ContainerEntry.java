package dev.homeostat.kind.container;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.homeostat.host.podman.ImageName;
import dev.homeostat.resource.ResourceId;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;
import java.util.List;
import java.util.Map;

/** An entry of {@code containers} as it is written; null where nothing is said. */
public record ContainerEntry(
        @JsonPropertyDescription(
                "Full name of the image, registry included: docker.io/library/redis:7, localhost/mine:1 (made here, never pulled) or registry/path@sha256:...")
        @NotNull
        @Pattern(regexp = ImageName.ROUGH_PATTERN, message = ImageName.FORM)
        String image,

        @JsonPropertyDescription("Program arguments in the container; the image's own if not given")
        List<@NotNull String> command,

        @JsonPropertyDescription(
                "Environment variables. They are readable for everyone on the machine: secrets belong into environmentFiles")
        Map<
                        @Pattern(
                                regexp = "^[A-Za-z_][A-Za-z0-9_]*$",
                                message = "the name of a variable: letters, digits and _")
                        String,
                        @NotNull String>
                environment,

        @JsonPropertyDescription(
                "Files of the host with environment variables, such as secrets; the container is restarted when one changes")
        List<@NotNull @Pattern(regexp = "^(/|~/).+$", message = "an absolute path (a user's may begin with ~/)") String>
                environmentFiles,

        @JsonPropertyDescription(
                "Published ports: [ADDRESS:]HOSTPORT:PORT[/tcp|udp|sctp], or ranges such as 8000-8009:8000-8009; an IPv6 address in brackets")
        List<@NotNull @Pattern(regexp = Ports.PATTERN, message = Ports.FORM) String> ports,

        @JsonPropertyDescription("Volumes and folders of the host in the container")
        List<@NotNull Mount> mounts,

        @JsonPropertyDescription(
                "Devices of the host in the container: names of the Container Device Interface, such as nvidia.com/gpu=all, or paths below /dev")
        List<@NotNull @Pattern(regexp = ContainerEntry.DEVICE, message = ContainerEntry.DEVICE_FORM) String> devices,

        @JsonPropertyDescription("Names of networks; or host, or none, alone. Podman's default network if not given")
        List<@NotNull @Pattern(regexp = ContainerSection.NAME, message = ContainerSection.NAME_FORM) String> networks,

        @JsonPropertyDescription("How it shows that it works; unhealthy, it is restarted")
        Health health,

        @JsonPropertyDescription(
                "What systemd does by itself when it ends: always (the default), on-failure, no. A declared container that does not run is started again in every case")
        Restart restart,

        @JsonPropertyDescription("What it may use at most") Limits resources,

        @JsonPropertyDescription("Labels of the container")
        Map<
                        @Pattern(
                                regexp = "^[A-Za-z0-9][A-Za-z0-9._/-]{0,254}$",
                                message = "letters, digits and . _ / -, beginning with a letter or digit")
                        String,
                        @NotNull String>
                labels,

        @JsonPropertyDescription(
                "Ids of what has to be right first, such as container/db; volumes, networks, folders and files named above are implied")
        List<@NotNull @Pattern(regexp = ResourceId.PATTERN, message = ResourceId.FORM) String> requires) {
    /** A path without {@code ..}: each part begins with a letter or a digit. */
    static final String DEVICE =
            "^([a-z0-9][a-z0-9.-]{0,63}/[A-Za-z0-9][A-Za-z0-9_-]{0,63}=[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}|/dev(/[A-Za-z0-9][A-Za-z0-9_.-]{0,63}){1,4})$";

    static final String DEVICE_FORM = "a device such as nvidia.com/gpu=all or /dev/dri";

    List<String> requiresOrNone() {
        return requires == null ? List.of() : requires;
    }
}
