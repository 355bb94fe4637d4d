package dev.homeostat.declaration;

import dev.homeostat.resource.Problem;
import java.util.List;

/** A declaration that is not accepted, with all its problems. Not a bug: no stack trace. */
public final class InvalidDeclaration extends Exception {
    private final transient List<Problem> problems;

    public InvalidDeclaration(List<Problem> problems) {
        super(
                problems.getFirst() + (problems.size() > 1 ? " (and " + (problems.size() - 1) + " more)" : ""),
                null,
                false,
                false);
        this.problems = List.copyOf(problems);
    }

    /** At least one, in the order of the files. */
    public List<Problem> problems() {
        return problems;
    }
}
