package dev.homeostat.resource;

import java.time.Instant;
import java.util.Objects;
import java.util.Optional;

/**
 * Who else acted on a resource, or at least what became of it, as far as the machine tells.
 *
 * @param uid of whoever is behind it: of the user who logged in and then became root, if that is known; empty if not known
 * @param user name of that user, or empty text
 * @param pid process id; empty if no process was seen, then the uid is an inference
 * @param program its name, such as {@code sed} or {@code sudo systemctl}, or empty text
 * @param deed what was done or seen, as in "it was ...": {@code stopped}, {@code written}; or a sentence of its own, such as
 *     {@code the main process was killed by signal KILL}; may be empty
 * @param at when
 */
public record Rival(
        Optional<Integer> uid, String user, Optional<Long> pid, String program, String deed, Optional<Instant> at) {
    public Rival {
        Objects.requireNonNull(uid);
        Objects.requireNonNull(user);
        Objects.requireNonNull(pid);
        Objects.requireNonNull(program);
        Objects.requireNonNull(deed);
        Objects.requireNonNull(at);
    }

    /** Nobody was seen: only what happened is known. */
    public static Rival unseen(String deed, Instant at) {
        return new Rival(Optional.empty(), "", Optional.empty(), "", deed, Optional.of(at));
    }

    /** Whether there is somebody to name. */
    public boolean named() {
        return uid.isPresent() || pid.isPresent() || !program.isEmpty();
    }

    private boolean presumed() {
        return pid.isEmpty() && program.isEmpty();
    }

    /** {@code app (uid 1000) with sed (pid 4711)}, or as much of it as is known. */
    public String who() {
        if (!named()) {
            return "somebody unknown";
        }
        String account = uid.map(u -> user.isEmpty() ? "uid " + u : user + " (uid " + u + ")")
                .orElse("");
        if (presumed()) {
            return "probably " + account;
        }
        String process = program.isEmpty()
                ? "process " + pid.get() + ", which has ended"
                : program + pid.map(p -> " (pid " + p + ")").orElse("");
        return account.isEmpty() ? process : account + " with " + process;
    }

    /** {@code stopped by app (uid 1000) with systemctl (pid 4711)}; without somebody to name only what happened. */
    @Override
    public String toString() {
        if (deed.isEmpty()) {
            return "by " + who();
        }
        return !named()
                ? deed
                : deed + (presumed() ? ", probably by " + who().substring("probably ".length()) : " by " + who());
    }
}
