package dev.homeostat.kind.service;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import jakarta.validation.constraints.Pattern;
import jakarta.validation.constraints.Size;
import java.util.List;
import java.util.Map;

/** An entry of {@code services} as it is written; null where nothing is said. */
public record ServiceEntry(
        @JsonPropertyDescription(
                "running (active, in systemd's word) or stopped. Left as it is if not given. For a oneshot that ends by itself, running means that its last run did not fail")
        ServiceState state,

        @JsonPropertyDescription(
                "enabled, disabled or masked. Left as it is if not given; a mask is taken away if the unit should run")
        ServiceStartup startup,

        @JsonPropertyDescription(
                "Absolute paths of files (a user's own may begin with ~/): when one is newer than the unit's start, the unit is restarted")
        @Size(max = 64)
        List<@Pattern(regexp = "^(/|~/).+$", message = "an absolute path (a user's may begin with ~/)") String>
                restartOn,

        @JsonPropertyDescription(
                "The unit file, written by Homeostat: sections (Unit, Service, Timer, Install, ...) with their settings as in systemd.unit(5). A value is a text, a number, true or false, or a list of them; Environment may be a map. Specifiers such as %h work, except in such a map")
        @Size(min = 1, max = 32)
        Map<String, Map<String, Object>> unit,

        @JsonPropertyDescription(
                "Drop-ins that add to the unit's file, by name: NAME is written to UNIT.d/50-NAME.conf")
        @Size(max = 32)
        Map<String, Map<String, Map<String, Object>>> dropIns) {
    List<String> restartOnOrEmpty() {
        return restartOn == null ? List.of() : restartOn;
    }
}
