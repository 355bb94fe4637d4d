package dev.homeostat.kind.container;

import com.fasterxml.jackson.annotation.JsonProperty;

/** What systemd does by itself when a container ends; Homeostat starts a declared container again in every case. */
public enum Restart {
    @JsonProperty("always")
    ALWAYS("always"),
    @JsonProperty("on-failure")
    ON_FAILURE("on-failure"),
    @JsonProperty("no")
    NO("no");

    private final String text;

    Restart(String text) {
        this.text = text;
    }

    /** As systemd writes it. */
    String text() {
        return text;
    }
}
