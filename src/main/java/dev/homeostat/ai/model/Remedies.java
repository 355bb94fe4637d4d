package dev.homeostat.ai.model;

/** What can be done, where two places say so. */
final class Remedies {
    static final String WRONG =
            "if that is the right one declare its sha256; to have it fetched again remove what is set aside";

    private Remedies() {}
}
