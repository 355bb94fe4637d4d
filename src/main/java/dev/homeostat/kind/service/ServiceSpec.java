package dev.homeostat.kind.service;

import static java.util.Comparator.comparing;
import static java.util.Comparator.naturalOrder;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.homeostat.resource.HostPort;
import dev.homeostat.resource.Listens;
import dev.homeostat.resource.Spec;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A unit as it should be. Null where it does not matter.
 *
 * <p>Settings are kept in the order of their names, [Unit] first and [Install] last, so that equal declarations make equal
 * files, whichever way they were stored; values of one setting keep their order.
 *
 * @param name of the unit, with its ending
 * @param restartOn the unit is restarted when one of these files is newer than its start
 * @param unit sections of its file, if it is declared here; empty if retired
 * @param dropIns by name; empty sections if retired
 * @param retired it has left the declaration: what of unit file and drop-ins is still ours is removed
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ServiceSpec(
        String name,
        ServiceState state,
        ServiceStartup startup,
        List<Path> restartOn,
        Map<String, Map<String, List<String>>> unit,
        Map<String, Map<String, Map<String, List<String>>>> dropIns,
        boolean retired)
        implements Spec, Listens {
    private static final Comparator<String> SECTIONS = comparing(
                    (String s) -> s.equals("Unit") ? 0 : s.equals("Install") ? 2 : 1)
            .thenComparing(naturalOrder());

    public ServiceSpec {
        restartOn = restartOn == null ? List.of() : List.copyOf(restartOn);
        unit = unit == null ? null : sorted(unit);
        SortedMap<String, Map<String, Map<String, List<String>>>> all = new TreeMap<>();
        if (dropIns != null) {
            dropIns.forEach((key, sections) -> all.put(key, sorted(sections)));
        }
        dropIns = Collections.unmodifiableSortedMap(all);
    }

    /** Whether files are written for it. */
    boolean hasFiles() {
        return unit != null || !dropIns.isEmpty();
    }

    /** Of a socket unit, as far as its settings are declared here. */
    @Override
    public List<HostPort> listens() {
        boolean socket = name.endsWith(".socket");
        boolean up = state != ServiceState.STOPPED && startup != ServiceStartup.MASKED && !retired;
        return socket && up ? SocketPorts.of(unit, dropIns) : List.of();
    }

    @Override
    public String listensKey() {
        return "unit.Socket";
    }

    /** What to leave behind: nothing of ours. */
    ServiceSpec leave() {
        Map<String, Map<String, Map<String, List<String>>>> names = new TreeMap<>();
        dropIns.keySet().forEach(key -> names.put(key, Map.of()));
        boolean own = unit != null;
        return new ServiceSpec(
                name,
                own ? ServiceState.STOPPED : null,
                own ? ServiceStartup.DISABLED : null,
                List.of(),
                own ? Map.of() : null,
                names,
                true);
    }

    private static Map<String, Map<String, List<String>>> sorted(Map<String, Map<String, List<String>>> sections) {
        SortedMap<String, Map<String, List<String>>> all = new TreeMap<>(SECTIONS);
        sections.forEach((section, entries) -> {
            SortedMap<String, List<String>> inner = new TreeMap<>();
            entries.forEach((key, values) -> inner.put(key, List.copyOf(values)));
            all.put(section, Collections.unmodifiableSortedMap(inner));
        });
        return Collections.unmodifiableSortedMap(all);
    }
}
