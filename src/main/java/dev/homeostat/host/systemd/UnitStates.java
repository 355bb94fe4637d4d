package dev.homeostat.host.systemd;

import dev.homeostat.resource.Trouble;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.jboss.logging.Logger;

/** How units are, asked anew only where systemd would not have told us of a change. Thread-safe. */
final class UnitStates {
    private static final Logger LOG = Logger.getLogger(UnitStates.class);

    /** Up to so many units are always looked at in full: an event is about one. */
    private static final int FEW = 3;

    private final Connection connection;
    /** By object path: active units as they were, forgotten by the reader as soon as a signal says that they changed. */
    private final Map<String, UnitState> known = new ConcurrentHashMap<>();

    UnitStates(Connection connection) {
        this.connection = connection;
    }

    /** Whether a change of it has to be told. */
    boolean isKnown(String path) {
        return known.containsKey(path);
    }

    void forget(String path) {
        known.remove(path);
    }

    void forgetAll() {
        known.clear();
    }

    /** One answer for each, also for those that are not there. */
    Map<UnitName, UnitState> look(Collection<UnitName> units) throws Trouble {
        Bus bus = connection.bus();
        Map<UnitName, UnitState> unchanged = units.size() <= FEW ? Map.of() : unchanged(bus, units);
        Map<UnitName, CompletableFuture<UnitProperties>> asked = new LinkedHashMap<>();
        for (UnitName unit : units) {
            if (!unchanged.containsKey(unit)) {
                asked.computeIfAbsent(unit, u -> Connection.unit(bus, u, values -> remember(u, bus, values)));
            }
        }
        Map<UnitName, UnitState> seen = new LinkedHashMap<>(unchanged);
        Map<UnitName, List<CompletableFuture<Object>>> runs = new LinkedHashMap<>();
        for (var entry : asked.entrySet()) {
            UnitName unit = entry.getKey();
            UnitState state;
            try {
                state = connection.await(entry.getValue()).state();
            } catch (Bus.CallFailed e) {
                state = UnitProperties.notThere(unit, e.getMessage());
            }
            seen.put(unit, state);
            if (state.isThere() && !state.isActive()) {
                runs.put(unit, askRun(bus, unit));
            }
        }
        for (var run : runs.entrySet()) {
            UnitName unit = run.getKey();
            seen.put(unit, withRun(seen.get(unit), run.getValue()));
        }
        return seen;
    }

    /** Called by the reader, so that a signal that comes after the answer is also handled after it. */
    private UnitProperties remember(UnitName unit, Bus from, Object[] values) {
        UnitProperties properties = UnitProperties.of(values);
        UnitState state = properties.state();
        if (connection.is(from) && state.isActive() && state.id().equals(unit.text())) {
            known.put(unit.objectPath(), state);
        } else {
            known.remove(unit.objectPath());
        }
        return properties;
    }

    private Map<UnitName, UnitState> unchanged(Bus bus, Collection<UnitName> units) throws Trouble {
        String[] names = units.stream()
                .filter(u -> known.containsKey(u.objectPath()))
                .map(UnitName::text)
                .toArray(String[]::new);
        if (names.length == 0) {
            return Map.of();
        }
        Map<UnitName, UnitState> unchanged = new LinkedHashMap<>();
        try {
            Object[] answer = connection.await(Connection.ask(bus, "ListUnitsByNames", v -> v, "as", (Object) names));
            for (Object row : (Collection<?>) answer[0]) {
                Object[] fields = (Object[]) row;
                UnitState before = known.get(UnitProperties.text(fields[6]));
                if (before != null
                        && before.id().equals(fields[0])
                        && before.load().equals(fields[2])
                        && before.active().equals(fields[3])
                        && before.sub().equals(fields[4])) {
                    unchanged.put(new UnitName(before.id()), before);
                }
            }
        } catch (Bus.CallFailed e) {
            LOG.debugf("units are looked at one by one: %s", e.getMessage());
            return Map.of();
        }
        return unchanged;
    }

    private static List<CompletableFuture<Object>> askRun(Bus bus, UnitName unit) {
        List<CompletableFuture<Object>> asked = new ArrayList<>();
        if (!unit.type().equals("target") && !unit.type().equals("slice")) {
            asked.add(Connection.property(bus, unit, "Result"));
        }
        if (unit.type().equals("service")) {
            asked.add(Connection.property(bus, unit, "Type"));
            asked.add(Connection.property(bus, unit, "RemainAfterExit"));
        }
        return asked;
    }

    private UnitState withRun(UnitState state, List<CompletableFuture<Object>> asked) throws Trouble {
        List<Object> values = new ArrayList<>();
        for (CompletableFuture<Object> value : asked) {
            try {
                values.add(connection.await(value));
            } catch (Bus.CallFailed e) {
                return state; // unloaded between the two calls: then it has no last run either
            }
        }
        return state.withRun(
                values.isEmpty() ? "success" : UnitProperties.text(values.getFirst()),
                values.size() == 3
                        && values.get(1).equals("oneshot")
                        && values.get(2).equals(false));
    }
}
