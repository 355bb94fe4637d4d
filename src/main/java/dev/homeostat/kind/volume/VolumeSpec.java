package dev.homeostat.kind.volume;

import dev.homeostat.resource.Spec;
import java.util.Map;
import java.util.TreeMap;

/**
 * A volume as it should be.
 *
 * @param retired it has left the declaration: its Quadlet file goes, the volume and its data stay
 */
public record VolumeSpec(Map<String, String> labels, boolean retired) implements Spec {
    public VolumeSpec {
        labels = new TreeMap<>(labels);
    }
}
