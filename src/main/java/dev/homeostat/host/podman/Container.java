package dev.homeostat.host.podman;

import com.fasterxml.jackson.annotation.JsonIgnore;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;

/**
 * A container as podman lists it.
 *
 * @param imageId of the image it runs, without {@code sha256:}
 * @param imageName as it was named when the container was made
 * @param state {@code created}, {@code running}, {@code paused}, {@code exited}, {@code stopping}, ...
 * @param health {@code healthy}, {@code unhealthy}, {@code starting}; empty if it has no health check
 * @param ports published ones, ranges taken apart
 * @param networks by name
 * @param created when podman made it
 */
public record Container(
        String id,
        String name,
        String imageId,
        String imageName,
        String state,
        String health,
        SortedSet<PublishedPort> ports,
        Map<String, String> labels,
        List<String> networks,
        Instant created) {
    /** Podman's own label: the unit that made the container. */
    public static final String UNIT_LABEL = "PODMAN_SYSTEMD_UNIT";

    /** Who made it, for people. */
    public String origin() {
        String unit = labels.getOrDefault(UNIT_LABEL, "");
        return "image " + imageName + ", made " + created + (unit.isEmpty() ? ", by no unit" : ", by unit " + unit);
    }

    @JsonIgnore
    public boolean isRunning() {
        return state.equals("running");
    }

    @JsonIgnore
    public boolean isPaused() {
        return state.equals("paused");
    }
}
