package dev.homeostat.resource;

import static java.util.Objects.requireNonNull;

import java.util.regex.Pattern;

/**
 * Whose things are meant: the daemon's own (the system's, or for {@code homeostat daemon --user} that user's), or those
 * of a named user of the machine.
 *
 * @param user login name, empty for the daemon's own scope
 */
public record Scope(String user) implements Comparable<Scope> {
    /** What useradd accepts by default: the only names that can stand before an {@code @} in an id. */
    public static final String USER_PATTERN = "^[a-z_][a-z0-9_-]{0,30}\\$?$";

    private static final Pattern USER = Pattern.compile(USER_PATTERN);

    public static final Scope OWN = new Scope("");

    public Scope {
        requireNonNull(user, "user is null");
        if (!user.isEmpty() && !isUserName(user)) {
            throw new IllegalArgumentException("\"" + user + "\" is not a user name");
        }
    }

    public static Scope of(String user) {
        return new Scope(user);
    }

    public static boolean isUserName(String name) {
        return USER.matcher(name).matches();
    }

    public boolean isOwn() {
        return user.isEmpty();
    }

    @Override
    public int compareTo(Scope other) {
        return user.compareTo(other.user);
    }

    @Override
    public String toString() {
        return isOwn() ? "system" : "user " + user;
    }
}
