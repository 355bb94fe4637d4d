package dev.homeostat.kind.generation;

import static java.util.Objects.requireNonNull;

import dev.homeostat.host.git.CommitId;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * What is known of a repository.
 *
 * @param source address and branch: of another one nothing here counts
 * @param accepted the commit that is to be in force; empty before the first
 * @param keys digest of the keys it was judged by
 * @param base what a new head has to descend from: the last commit that passed, or one whose other history was approved
 * @param away empty if the repository was reached the last time
 * @param refused what the branch points to and is not accepted
 */
record GitState(
        String source,
        Optional<CommitId> accepted,
        String keys,
        Optional<CommitId> base,
        Optional<Away> away,
        Optional<Refused> refused) {
    /**
     * It cannot be reached.
     *
     * @param next nothing is tried before
     */
    record Away(Instant since, Instant next, int times, String why) {
        /** Between two tries: doubled each time, but never longer than an hour more than what is declared. */
        private static final Duration MOST = Duration.ofHours(1);

        private static final int DOUBLINGS_MOST = 16;

        Away {
            requireNonNull(since, "since is null");
            requireNonNull(next, "next is null");
            requireNonNull(why, "why is null");
        }

        static Away of(Optional<Away> before, Instant now, Duration poll, String why) {
            int times = before.map(Away::times).orElse(0) + 1;
            Duration pause = poll.multipliedBy(1L << Math.min(times - 1, DOUBLINGS_MOST));
            Duration most = poll.compareTo(MOST) > 0 ? poll : MOST;
            return new Away(
                    before.map(Away::since).orElse(now),
                    now.plus(pause.compareTo(most) > 0 ? most : pause),
                    times,
                    why);
        }
    }

    /**
     * A head that is not taken.
     *
     * @param keys digest of the keys it was judged by
     * @param rewritten true: it does not descend from the base, and may be approved; false: somebody has not signed
     * @param reason a sentence
     */
    record Refused(CommitId head, String keys, boolean rewritten, String reason, Instant at) {
        Refused {
            requireNonNull(head, "head is null");
            requireNonNull(keys, "keys is null");
            requireNonNull(reason, "reason is null");
            requireNonNull(at, "at is null");
        }
    }

    GitState {
        requireNonNull(source, "source is null");
        requireNonNull(accepted, "accepted is null");
        requireNonNull(keys, "keys is null");
        requireNonNull(base, "base is null");
        requireNonNull(away, "away is null");
        requireNonNull(refused, "refused is null");
    }

    static GitState unknown(String source) {
        return new GitState(source, Optional.empty(), "", Optional.empty(), Optional.empty(), Optional.empty());
    }

    GitState accepting(CommitId commit, String newKeys) {
        return new GitState(source, Optional.of(commit), newKeys, base, Optional.empty(), Optional.empty());
    }

    GitState refusing(Refused head) {
        return new GitState(source, accepted, keys, base, Optional.empty(), Optional.of(head));
    }

    /** What was refused stays so: nothing new is known. */
    GitState away(Away now) {
        return new GitState(source, accepted, keys, base, Optional.of(now), refused);
    }

    GitState based(CommitId commit) {
        return new GitState(source, accepted, keys, Optional.of(commit), away, refused);
    }
}
