package dev.homeostat.host.podman;

import java.util.Set;

/**
 * An image in the local storage.
 *
 * @param id without {@code sha256:}
 * @param names {@code registry/path:tag}
 * @param digests {@code registry/path@sha256:...}
 */
public record Image(String id, Set<String> names, Set<String> digests) {
    public boolean isNamed(ImageName name) {
        return name.digest().isEmpty()
                ? names.contains(name.text())
                : digests.contains(name.repository() + "@" + name.digest());
    }
}
