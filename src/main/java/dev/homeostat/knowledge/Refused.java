package dev.homeostat.knowledge;

import static java.util.Objects.requireNonNull;

/** A request that is not carried out, with the reason for who asked. Not a bug, so it carries no stack trace. */
final class Refused extends Exception {
    private final transient Problem problem;

    Refused(Problem problem, String message) {
        super(message, null, false, false);
        this.problem = requireNonNull(problem, "problem is null");
    }

    static Refused malformed(String message) {
        return new Refused(Problem.MALFORMED, message);
    }

    Problem problem() {
        return problem;
    }
}
