package dev.homeostat.resource;

import java.util.Objects;
import java.util.Optional;

/**
 * Who else acted on a resource, as far as the machine tells.
 *
 * @param uid user id; empty if it is not known
 * @param user name of that user, or empty text
 * @param pid process id; empty if it is not known
 * @param program its name, such as {@code sed}, or empty text
 */
public record Rival(Optional<Integer> uid, String user, Optional<Long> pid, String program) {
    public Rival {
        Objects.requireNonNull(uid);
        Objects.requireNonNull(user);
        Objects.requireNonNull(pid);
        Objects.requireNonNull(program);
    }

    /** {@code app (uid 1000) with sed (pid 4711)}, or as much of it as is known. */
    @Override
    public String toString() {
        String who = uid.map(u -> user.isEmpty() ? "uid " + u : user + " (uid " + u + ")")
                .orElse("");
        if (program.isEmpty()) {
            return who.isEmpty() ? "somebody unknown" : who;
        }
        String what = program + pid.map(p -> " (pid " + p + ")").orElse("");
        return who.isEmpty() ? what : who + " with " + what;
    }
}
