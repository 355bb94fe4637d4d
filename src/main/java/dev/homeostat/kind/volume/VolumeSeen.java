package dev.homeostat.kind.volume;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.homeostat.host.podman.Quadlets;
import dev.homeostat.host.podman.Volume;
import dev.homeostat.host.systemd.UnitState;
import dev.homeostat.resource.Observation;

/**
 * What is there of a volume.
 *
 * @param volume null if podman has none of that name
 * @param quadlet null if there is no such file
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record VolumeSeen(Volume volume, Quadlets.Found quadlet, UnitState unit) implements Observation {}
