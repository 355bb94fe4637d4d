package dev.homeostat.control.access;

/** The peer may not do this. Not a bug: no stack trace. */
public final class NotPermitted extends Exception {
    NotPermitted(String message) {
        super(message, null, false, false);
    }
}
