package dev.homeostat.kind.tool;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;

/**
 * An extension of an editor as it should be.
 *
 * @param editor whose it is
 * @param version null if any will do
 * @param from path of the archive that it is installed from; null for the editor's own marketplace
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ExtensionSpec(Editor editor, String version, String from, boolean retired) implements ToolSpec {
    @Override
    @JsonIgnore
    public String origin() {
        return null;
    }

    ExtensionSpec retire() {
        return new ExtensionSpec(editor, null, null, true);
    }
}
