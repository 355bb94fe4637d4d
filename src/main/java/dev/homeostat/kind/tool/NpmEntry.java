package dev.homeostat.kind.tool;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import jakarta.validation.constraints.Pattern;

/** An entry of {@code npmTools} as it is written; null where nothing is said. */
public record NpmEntry(
        @JsonPropertyDescription("Exactly this version. Any will do if not given; then the newest is installed once")
        @Pattern(
                regexp = "^[0-9]{1,9}\\.[0-9]{1,9}\\.[0-9]{1,9}([-+][0-9A-Za-z.+-]{1,100})?$",
                message = "a whole version such as 5.4.2")
        String version,

        @JsonPropertyDescription(
                "Absolute path of an archive (.tgz) to install it from. The registry that npm is set up with if not given")
        @Pattern(regexp = "^/[^\\p{Cntrl}]{1,2000}\\.(tgz|tar\\.gz)$", message = "an absolute path that ends in .tgz")
        String from,

        @JsonPropertyDescription(
                "Whether scripts of the package, and of what it needs, run with the user's rights when it is installed. Default false")
        Boolean scripts) {}
