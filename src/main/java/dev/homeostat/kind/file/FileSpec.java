package dev.homeostat.kind.file;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import dev.homeostat.resource.Spec;
import java.nio.file.Path;

/**
 * A file, folder or link as it should be. Null where it does not matter.
 *
 * @param path absolute and normalized
 * @param text the content if the declaration holds it; not written as JSON if sensitive
 * @param sha256 of the content, in hexadecimal, if known without looking at the machine
 * @param source whose content is copied
 * @param target of a link
 * @param mode permissions
 * @param retired it has left the declaration: removed only if it still is what we made (sha256, target, or an empty folder)
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record FileSpec(
        Path path,
        FileType type,
        @JsonIgnore String text,
        String sha256,
        Path source,
        String target,
        Mode mode,
        String owner,
        String group,
        boolean sensitive,
        boolean retired)
        implements Spec {

    /** Nobody's secret is shown by printing a record. */
    @Override
    public String toString() {
        return "FileSpec[" + path + ", " + type + "]";
    }

    @JsonProperty(value = "content", access = JsonProperty.Access.READ_ONLY)
    String shownText() {
        return sensitive ? null : text;
    }

    static FileSpec absentIf(FileSpec made, String sha256) {
        return new FileSpec(
                made.path, made.type, null, sha256, null, made.target, null, null, null, made.sensitive, true);
    }
}
