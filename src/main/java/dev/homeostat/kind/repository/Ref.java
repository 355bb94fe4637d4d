package dev.homeostat.kind.repository;

import static java.util.Objects.requireNonNull;

/**
 * What a repository is kept at.
 *
 * @param name of the branch or tag, or the id of the commit
 */
public record Ref(Sort sort, String name) {
    /** What sort of ref. */
    public enum Sort {
        BRANCH,
        TAG,
        COMMIT
    }

    public Ref {
        requireNonNull(sort, "sort is null");
        requireNonNull(name, "name is null");
    }

    boolean isBranch() {
        return sort == Sort.BRANCH;
    }

    /** What is fetched into the clone, and under which name. */
    String refspec() {
        return switch (sort) {
            case BRANCH -> "+refs/heads/" + name + ":" + local();
            case TAG -> "+refs/tags/" + name + ":" + local();
            case COMMIT -> name;
        };
    }

    /** Its name in the clone. */
    String local() {
        return switch (sort) {
            case BRANCH -> "refs/remotes/origin/" + name;
            case TAG -> "refs/tags/" + name;
            case COMMIT -> name;
        };
    }

    @Override
    public String toString() {
        return switch (sort) {
            case BRANCH -> "branch " + name;
            case TAG -> "tag " + name;
            case COMMIT -> "commit " + name;
        };
    }
}
