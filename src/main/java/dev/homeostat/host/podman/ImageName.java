package dev.homeostat.host.podman;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The full name of an image, registry included: short names mean different images on different machines and are refused.
 *
 * @param repository {@code registry/path}
 * @param tag empty if there is a digest
 * @param digest {@code sha256:...}, empty if it goes by the tag
 */
public record ImageName(String repository, String tag, String digest) {
    public static final String PATTERN = "^(localhost|[A-Za-z0-9-]+(\\.[A-Za-z0-9-]+)+|[A-Za-z0-9.-]+:[0-9]{1,5})"
            + "(/[a-z0-9]+([._-]+[a-z0-9]+)*)+(:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(@sha256:[0-9a-f]{64})?$";

    /** For the schema: what could be meant as the name of an image; {@link #parse} says what is missing. */
    public static final String ROUGH_PATTERN = "^[A-Za-z0-9][A-Za-z0-9._:/@-]{0,511}$";

    public static final String FORM =
            "the full name of an image, registry included, such as docker.io/library/redis:7 or localhost/mine:1";

    /** Without a registry, as podman takes it too: {@code redis}, {@code bitnami/redis:7}. */
    private static final Pattern SHORT = Pattern.compile("[a-z0-9][a-z0-9._-]*(/[a-z0-9][a-z0-9._-]*)*"
            + "(:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(@sha256:[0-9a-f]{64})?");

    private static final Pattern FULL = Pattern.compile(PATTERN);
    private static final Pattern PARTS =
            Pattern.compile("(?<repository>.+?)(?::(?<tag>[^:/@]+))?(?:@(?<digest>sha256:[0-9a-f]{64}))?");
    private static final String LOCAL = "localhost/";

    /** @throws IllegalArgumentException with what was expected */
    public static ImageName parse(String text) {
        if (!FULL.matcher(text).matches()) {
            if (SHORT.matcher(text).matches()) {
                String full = "docker.io/" + (text.indexOf('/') < 0 ? "library/" : "") + text;
                throw new IllegalArgumentException("\"" + text + "\" names no registry: write it in full, such as "
                        + (FULL.matcher(full).matches() ? full : "docker.io/library/redis:7")
                        + ", or localhost/" + text + " for one made on this machine");
            }
            throw new IllegalArgumentException(
                    "\"" + text + "\" is not the full name of an image: expected"
                            + " registry/path:tag or registry/path@sha256:..., such as docker.io/library/redis:7 or localhost/mine:1");
        }
        Matcher m = PARTS.matcher(text);
        if (!m.matches()) {
            throw new IllegalArgumentException("\"" + text + "\" is not the name of an image");
        }
        String digest = m.group("digest") == null ? "" : m.group("digest");
        String tag = m.group("tag") == null ? "latest" : m.group("tag");
        return new ImageName(m.group("repository"), digest.isEmpty() ? tag : "", digest);
    }

    /** Made on this machine: there is no registry to pull it from. */
    public boolean isLocal() {
        return repository.startsWith(LOCAL);
    }

    /** As podman understands it; with a digest the tag is left out, as podman does. */
    public String text() {
        return repository + (digest.isEmpty() ? ":" + tag : "@" + digest);
    }

    @Override
    public String toString() {
        return text();
    }
}
