package dev.homeostat.kind.catalog;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.homeostat.host.podman.ImageName;
import dev.homeostat.resource.DataSize;
import dev.homeostat.resource.Durations;
import dev.homeostat.resource.Preset;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** An entry of {@code catalog} as it is written: what differs from the catalogue's own; null where nothing is said. */
public record CatalogUse(
        @JsonPropertyDescription(
                "service: by options of NixOS. container: by Podman. Not given: what the catalogue prefers; for a user a container")
        As as,

        @JsonPropertyDescription("Its port on this machine, where it has several the first one") @Min(1) @Max(65535)
        Integer port,

        @JsonPropertyDescription("Its ports on this machine, by the names that the catalogue gives them")
        Map<String, @NotNull @Min(1) @Max(65535) Integer> ports,

        @JsonPropertyDescription(
                "The address that it listens on. 127.0.0.1 (the default): this machine only. 0.0.0.0: all")
        @Pattern(regexp = CatalogUse.ADDRESS, message = CatalogUse.ADDRESS_FORM)
        String address,

        @JsonPropertyDescription("Another image for the container")
        @Pattern(regexp = ImageName.ROUGH_PATTERN, message = ImageName.FORM)
        String image,

        @JsonPropertyDescription("Other program arguments for the container")
        List<@NotNull String> command,

        @JsonPropertyDescription(
                "More environment variables for the container, or others. They are readable for everyone on the machine")
        Map<String, @NotNull String> environment,

        @JsonPropertyDescription("Folders of the host in the container, besides the catalogue's volumes")
        List<@NotNull Folder> folders,

        @JsonPropertyDescription(
                "Devices of the host in the container: names of the Container Device Interface, such as nvidia.com/gpu=all, or paths below /dev")
        List<@NotNull String> devices,

        @JsonPropertyDescription("How the container shows that it works, where that is to differ")
        HealthChange health,

        @JsonPropertyDescription("Memory that the container may use at most, such as 512M")
        @Pattern(regexp = DataSize.PATTERN, message = DataSize.FORM)
        DataSize memory) {
    static final String ADDRESS = "^([0-9]{1,3}(\\.[0-9]{1,3}){3}|[0-9A-Fa-f]{0,4}(:[0-9A-Fa-f]{0,4}){2,7})$";
    static final String ADDRESS_FORM = "an address such as 127.0.0.1 or ::1";
    /** Nobody else's business unless somebody says so. */
    static final String THIS_MACHINE = "127.0.0.1";

    /** How it runs. */
    public enum As {
        @JsonProperty("service")
        SERVICE(Preset.Form.SERVICE),
        @JsonProperty("container")
        CONTAINER(Preset.Form.CONTAINER);

        private final Preset.Form form;

        As(Preset.Form form) {
            this.form = form;
        }

        Preset.Form form() {
            return form;
        }
    }

    /** A folder of the host. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Folder(
            @JsonPropertyDescription("Absolute path on the host (a user's may begin with ~/)") @NotNull
            String host,

            @JsonPropertyDescription("Where it is in the container") @NotNull
            String path,

            @JsonPropertyDescription("true: the container cannot change it")
            Boolean readOnly) {}

    /** Of the health check what differs. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record HealthChange(
            @JsonPropertyDescription("Program and arguments, run in the container; exit status 0 means healthy")
            List<@NotNull String> command,

            @JsonPropertyDescription("Pause between two checks")
            @Pattern(regexp = Durations.PATTERN, message = Durations.FORM)
            Duration interval,

            @JsonPropertyDescription("A check that takes longer has failed")
            @Pattern(regexp = Durations.PATTERN, message = Durations.FORM)
            Duration timeout,

            @JsonPropertyDescription("So many failures in a row make it unhealthy, and it is restarted")
            @Min(1)
            @Max(1000)
            Integer retries,

            @JsonPropertyDescription("Failures do not count for so long after its start")
            @Pattern(regexp = Durations.PATTERN, message = Durations.FORM)
            Duration start) {}
}
