package dev.homeostat.reconcile;

import static java.util.Objects.requireNonNull;

import dev.homeostat.resource.Problem;
import dev.homeostat.resource.Trouble;
import java.util.List;

/** A request that is not carried out. Not a bug: no stack trace. */
public final class Refusal extends Exception {
    /** What sort of refusal, for the HTTP status and the exit code. */
    public enum Sort {
        /** No such resource, revision, plan, approval. */
        NOT_FOUND,
        /** The world moved: another plan than the one named. */
        MOVED,
        /** The declaration is invalid. */
        INVALID,
        /** Cannot be done in the present state. */
        CONFLICT
    }

    private final Sort sort;
    private final List<Problem> problems;

    public Refusal(Sort sort, String message) {
        this(sort, message, List.of());
    }

    public Refusal(Sort sort, String message, List<Problem> problems) {
        super(message, null, false, false);
        this.sort = requireNonNull(sort, "sort is null");
        this.problems = List.copyOf(problems);
    }

    /** Something that is asked of a kind. */
    @FunctionalInterface
    public interface Asked<T> {
        T get() throws Trouble;
    }

    /** What the kind cannot do is refused. */
    public static <T> T forTrouble(Asked<T> asked) throws Refusal {
        try {
            return asked.get();
        } catch (Trouble t) {
            throw new Refusal(t.sort() == Trouble.Sort.INVALID ? Sort.INVALID : Sort.CONFLICT, t.sentence());
        }
    }

    public Sort sort() {
        return sort;
    }

    public List<Problem> problems() {
        return problems;
    }
}
