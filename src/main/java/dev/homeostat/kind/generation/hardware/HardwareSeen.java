package dev.homeostat.kind.generation.hardware;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.homeostat.host.facts.Hardware.Display;
import dev.homeostat.host.facts.Hardware.Nvidia;
import dev.homeostat.resource.Observation;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * What there is of display controllers and the processor.
 *
 * @param nvidia null without a controller and a kernel module of NVIDIA's
 * @param mendable paths of stale specifications for containers that can be made anew
 * @param processor its maker as the kernel has it; null if display controllers are meant, or it does not tell
 * @param revision of the microcode; null if the kernel does not tell
 * @param early whether it was given at boot; null if that cannot be seen
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record HardwareSeen(
        List<Display> displays,
        Nvidia nvidia,
        SortedSet<String> mendable,
        String processor,
        String revision,
        Boolean early)
        implements Observation {
    public HardwareSeen {
        displays = List.copyOf(displays);
        mendable = new TreeSet<>(mendable);
    }
}
