package dev.homeostat.host.podman;

import java.util.Optional;

/**
 * Something happened, as podman tells it.
 *
 * @param type {@code container}, {@code image}, {@code volume}, {@code network}
 * @param action {@code died}, {@code remove}, {@code tag}, ...
 * @param name of the container, image, volume or network; may be an id
 * @param exitCode of a {@code died} event
 * @param health of a {@code health_status} event, else empty
 */
public record PodmanEvent(
        String type, String action, String id, String name, Optional<Integer> exitCode, String health) {
    public String cause() {
        return "podman: " + type + " " + action + (health.isEmpty() ? "" : " " + health);
    }
}
