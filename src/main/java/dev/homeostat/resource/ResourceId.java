package dev.homeostat.resource;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Comparator;
import java.util.regex.Pattern;

/**
 * The name of one resource: {@code kind/name}, or {@code kind/user@name} for a user's own.
 *
 * <p>A system resource whose name itself reads like {@code user@name} (a template instance such as
 * {@code getty@tty1.service}) is written with a leading {@code @}: {@code service/@getty@tty1.service}.
 *
 * @param kind name of its {@link Kind}
 * @param scope whose it is
 * @param name unique within kind and scope; an absolute path for files
 */
public record ResourceId(String kind, Scope scope, String name) implements Comparable<ResourceId> {
    /** For schemas: what {@link #parse} takes, roughly. */
    public static final String PATTERN = "^[a-z][a-z0-9-]{0,31}/.+$";

    public static final String FORM = "the id of a resource, kind/name or kind/user@name, such as container/db";

    private static final Pattern KIND = Pattern.compile("[a-z][a-z0-9-]{0,31}");
    /** Longer than PATH_MAX (4096) plus a user name is no name of anything on the machine. */
    private static final int NAME_LIMIT_CHARS = 4096;

    private static final Comparator<ResourceId> ORDER = Comparator.comparing(ResourceId::kind)
            .thenComparing(ResourceId::scope)
            .thenComparing(ResourceId::name);

    public ResourceId {
        requireNonNull(scope, "scope is null");
        if (!KIND.matcher(kind).matches()) {
            throw new IllegalArgumentException("\"" + kind + "\" is not a kind");
        }
        if (name.isEmpty() || name.length() > NAME_LIMIT_CHARS || name.chars().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException(
                    "not the name of a resource: it is empty, too long or has control characters");
        }
    }

    public static ResourceId of(String kind, String name) {
        return new ResourceId(kind, Scope.OWN, name);
    }

    /**
     * Reads the text form.
     *
     * @throws IllegalArgumentException if it is not one; the message says what was expected
     */
    @JsonCreator
    public static ResourceId parse(String text) {
        int slash = text.indexOf('/');
        if (slash < 1 || slash == text.length() - 1) {
            throw new IllegalArgumentException("\"" + text
                    + "\" is not a resource id: expected kind/name or kind/user@name, such as service/cron.service");
        }
        String kind = text.substring(0, slash);
        String rest = text.substring(slash + 1);
        int at = rest.indexOf('@');
        if (at == 0) {
            return new ResourceId(kind, Scope.OWN, rest.substring(1));
        }
        if (at > 0 && Scope.isUserName(rest.substring(0, at))) {
            return new ResourceId(kind, Scope.of(rest.substring(0, at)), rest.substring(at + 1));
        }
        return new ResourceId(kind, Scope.OWN, rest);
    }

    @Override
    public int compareTo(ResourceId other) {
        return ORDER.compare(this, other);
    }

    @Override
    @JsonValue
    public String toString() {
        if (!scope.isOwn()) {
            return kind + "/" + scope.user() + "@" + name;
        }
        int at = name.indexOf('@');
        boolean ambiguous = at == 0 || at > 0 && Scope.isUserName(name.substring(0, at));
        return kind + "/" + (ambiguous ? "@" : "") + name;
    }
}
