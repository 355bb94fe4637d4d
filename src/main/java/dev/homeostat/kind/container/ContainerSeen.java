package dev.homeostat.kind.container;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.homeostat.host.podman.Container;
import dev.homeostat.host.podman.PodmanVersion;
import dev.homeostat.host.podman.Quadlets;
import dev.homeostat.host.systemd.UnitState;
import dev.homeostat.resource.Observation;
import java.time.Duration;
import java.util.List;

/**
 * What is there of a container.
 *
 * @param container null if podman has none of that name
 * @param quadlet null if there is no such file
 * @param stopPost whether the unit is spared the second removal of the container, as far as it can be
 * @param imageId what the declared name means on this machine now; null if it has no such image
 * @param goneFor how long the unit has been seen active without a running container; zero if it is not so
 * @param missingFiles declared environment files that are not there
 * @param environmentNanos when the last of the environment files changed, nanoseconds since 1970; 0 if there are none
 * @param unsteady whether it has just been started after it kept ending by itself: it is not known yet whether it stays
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ContainerSeen(
        PodmanVersion podman,
        Container container,
        Quadlets.Found quadlet,
        UnitState unit,
        boolean stopPost,
        String imageId,
        Duration goneFor,
        List<String> missingFiles,
        long environmentNanos,
        boolean unsteady)
        implements Observation {
    public ContainerSeen {
        missingFiles = List.copyOf(missingFiles);
    }

    @Override
    public String evidence() {
        return container == null
                ? ""
                : container.state() + (container.health().isEmpty() ? "" : ", " + container.health());
    }
}
