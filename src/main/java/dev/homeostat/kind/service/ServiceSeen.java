package dev.homeostat.kind.service;

import dev.homeostat.host.systemd.UnitState;
import dev.homeostat.resource.Observation;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * A unit as it was seen.
 *
 * @param unit what its service manager says; null for a template, which has only a file
 * @param file at the place of a declared unit file; null if none is declared
 * @param dropIns at the places of declared drop-ins, by their names
 * @param left files of ours for this unit that are no longer declared
 * @param modified of the files that it is restarted on, those that are there
 * @param owner uid that declared files should have
 * @param at when it was looked at
 */
public record ServiceSeen(
        UnitState unit,
        PlacedFile file,
        Map<String, PlacedFile> dropIns,
        List<Path> left,
        Map<Path, Instant> modified,
        int owner,
        Instant at)
        implements Observation {
    public ServiceSeen {
        dropIns = Map.copyOf(dropIns);
        left = List.copyOf(left);
        modified = Map.copyOf(modified);
    }

    @Override
    public String evidence() {
        return unit == null ? "" : unit.active() + " (" + unit.sub() + ")";
    }
}
