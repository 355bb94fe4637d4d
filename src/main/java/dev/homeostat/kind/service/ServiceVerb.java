package dev.homeostat.kind.service;

import java.util.Locale;

/** What can be done about a unit. */
enum ServiceVerb {
    WRITE,
    REMOVE,
    UNMASK,
    MASK,
    ENABLE,
    DISABLE,
    RELOAD,
    START,
    RESTART,
    STOP;

    String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    static ServiceVerb of(String text) {
        return valueOf(text.toUpperCase(Locale.ROOT));
    }
}
