package dev.homeostat.kind.tool;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;

/**
 * A package of npm as it should be.
 *
 * @param version null if any will do
 * @param from path of the archive that it is installed from; null for the registry that npm is set up with
 * @param scripts whether its own scripts run when it is installed
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record NpmSpec(String version, String from, boolean scripts, boolean retired) implements ToolSpec {
    /** Everything below our prefix was installed by us. */
    @Override
    @JsonIgnore
    public String origin() {
        return null;
    }

    NpmSpec retire() {
        return new NpmSpec(null, null, false, true);
    }
}
