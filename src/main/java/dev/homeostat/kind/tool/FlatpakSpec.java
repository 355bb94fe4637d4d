package dev.homeostat.kind.tool;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;

/**
 * An application of Flatpak as it should be.
 *
 * @param remote where it is installed from
 * @param branch null if any will do
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record FlatpakSpec(String remote, String branch, boolean retired) implements ToolSpec {
    @Override
    @JsonIgnore
    public String version() {
        return branch;
    }

    @Override
    @JsonIgnore
    public String origin() {
        return remote;
    }

    FlatpakSpec retire() {
        return new FlatpakSpec(remote, branch, true);
    }
}
