package dev.homeostat.kind.service;

import com.fasterxml.jackson.annotation.JsonProperty;

/** Whether a unit should be up. */
public enum ServiceState {
    /** Active, in systemd's word: for a timer that it waits, for a mount that it is mounted. */
    @JsonProperty("running")
    RUNNING,
    /** Not active; a failed unit is stopped too. */
    @JsonProperty("stopped")
    STOPPED
}
