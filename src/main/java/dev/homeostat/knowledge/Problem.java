package dev.homeostat.knowledge;

import java.util.List;

/** The sorts of errors, in the form of the control API: RFC 9457. */
enum Problem {
    MALFORMED("malformed", "The request cannot be read", 400),
    NOT_PERMITTED("not-permitted", "Not permitted", 403),
    NOT_FOUND("not-found", "There is no such thing", 404),
    METHOD("method", "Not with this method", 405),
    CONFLICT("conflict", "Not in the present state", 409),
    LENGTH("length-required", "Its length must be told", 411),
    TOO_LARGE("too-large", "Too large", 413),
    MEDIA("media-type", "Not this kind of content", 415),
    MISDIRECTED("misdirected", "Meant for another server", 421),
    BUG("internal", "The knowledge base made a mistake", 500),
    UNAVAILABLE("unavailable", "Not now", 503),
    FULL("full", "There is no room", 507);

    static final String MEDIA_TYPE = "application/problem+json";
    private static final String TYPE = "urn:homeostat:error:";

    private final String label;
    private final String title;
    private final int status;

    Problem(String label, String title, int status) {
        this.label = label;
        this.title = title;
        this.status = status;
    }

    int status() {
        return status;
    }

    Error of(String detail, String instance) {
        return new Error(TYPE + label, title, status, detail, instance, List.of());
    }

    /** As it is sent; problems is what the control API has there, too. */
    record Error(String type, String title, int status, String detail, String instance, List<String> problems) {}
}
