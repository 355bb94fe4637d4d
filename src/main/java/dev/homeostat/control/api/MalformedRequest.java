package dev.homeostat.control.api;

/** A parameter is not what it has to be; the message says what was expected. */
final class MalformedRequest extends RuntimeException {
    private static final long serialVersionUID = 1L;

    MalformedRequest(String message) {
        super(message, null, false, false);
    }
}
