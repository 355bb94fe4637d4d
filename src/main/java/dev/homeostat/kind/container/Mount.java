package dev.homeostat.kind.container;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;

/** A volume or a folder of the host in a container. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Mount(
        @JsonPropertyDescription("Name of a volume; either this or host")
        @Pattern(regexp = ContainerSection.NAME, message = ContainerSection.NAME_FORM)
        String volume,

        @JsonPropertyDescription(
                "Absolute path of a folder or file of the host (a user's may begin with ~/); either this or volume")
        @Pattern(regexp = "^(/|~/)[^:,]*$", message = "an absolute path without : and , (a user's may begin with ~/)")
        String host,

        @JsonPropertyDescription("Where it is in the container")
        @NotNull
        @Pattern(regexp = "^/[^:,]+$", message = "an absolute path in the container, without : and ,")
        String path,

        @JsonPropertyDescription("true: the container cannot change it")
        Boolean readOnly) {}
