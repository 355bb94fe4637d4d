package dev.homeostat.resource;

import static java.util.Objects.requireNonNull;

/**
 * One field of one resource that is not as declared. Both sides are text for people; the content of sensitive files is
 * never in it, only that it differs.
 *
 * @param path the field, dotted, such as {@code mode} or {@code unit.Service.ExecStart}
 * @param desired what the declaration says; may have several lines (file content)
 * @param observed what is there
 */
public record Difference(String path, String desired, String observed) {
    public Difference {
        requireNonNull(path, "path is null");
        requireNonNull(desired, "desired is null");
        requireNonNull(observed, "observed is null");
    }
}
