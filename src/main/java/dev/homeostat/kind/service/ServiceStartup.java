package dev.homeostat.kind.service;

import com.fasterxml.jackson.annotation.JsonProperty;

/** Whether a unit comes up with the machine (or with the user's session). */
public enum ServiceStartup {
    @JsonProperty("enabled")
    ENABLED,
    /** Only if something asks for it. */
    @JsonProperty("disabled")
    DISABLED,
    /** Not even then. */
    @JsonProperty("masked")
    MASKED
}
