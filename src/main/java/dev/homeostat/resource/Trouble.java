package dev.homeostat.resource;

import static java.util.Objects.requireNonNull;

/**
 * Why something could not be looked at or done: the one error model. Not a bug, so it carries no stack trace; a bug is any
 * other exception.
 */
public final class Trouble extends Exception {
    /** What sort of trouble decides what is done next. */
    public enum Sort {
        /** May be over by itself: tried again with growing pauses. */
        TRANSIENT,
        /** Somebody else owns it; the message says who. */
        CONFLICT,
        /** The declaration cannot be carried out as it is written. */
        INVALID,
        /** Needs a person's approval first. */
        NEEDS_APPROVAL
    }

    private final Sort sort;
    private final String remedy;

    public Trouble(Sort sort, String message, String remedy) {
        this(sort, message, remedy, null);
    }

    public Trouble(Sort sort, String message, String remedy, Throwable cause) {
        super(message, cause, false, false);
        this.sort = requireNonNull(sort, "sort is null");
        this.remedy = requireNonNull(remedy, "remedy is null");
    }

    public static Trouble passing(String message) {
        return new Trouble(Sort.TRANSIENT, message, "");
    }

    public static Trouble passing(String message, Throwable cause) {
        return new Trouble(Sort.TRANSIENT, message, "", cause);
    }

    public static Trouble conflict(String message, String remedy) {
        return new Trouble(Sort.CONFLICT, message, remedy);
    }

    public static Trouble invalid(String message, String remedy) {
        return new Trouble(Sort.INVALID, message, remedy);
    }

    public Sort sort() {
        return sort;
    }

    /** What a person can do about it; empty if nothing but wait. */
    public String remedy() {
        return remedy;
    }

    /** Message and remedy in one line. */
    public String sentence() {
        return remedy.isEmpty() ? getMessage() : getMessage() + "; " + remedy;
    }
}
