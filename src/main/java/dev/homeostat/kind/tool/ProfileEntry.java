package dev.homeostat.kind.tool;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;
import jakarta.validation.constraints.Size;
import java.util.List;

/** An entry of {@code flatpakProfiles} as it is written; null where nothing is said. */
public record ProfileEntry(
        @JsonPropertyDescription("Where its applications are installed from. Default flathub")
        @Pattern(
                regexp = FlatpakRemoteSection.NAME_PATTERN,
                message = "the name of a remote: letters, digits and _ . -, beginning with a letter or digit")
        String remote,

        @JsonPropertyDescription("Applications of the profile that are not wanted, or are declared under flatpaks")
        @Size(max = 200)
        List<@NotNull @Pattern(regexp = FlatpakSection.ID, message = FlatpakSection.ID_FORM) String> without) {
    public ProfileEntry {
        remote = remote == null ? FlatpakEntry.REMOTE : remote;
        without = without == null ? List.of() : List.copyOf(without);
    }
}
