package dev.homeostat.resource;

import java.util.List;

/**
 * What is not as declared and what would be done about it, in order. No actions although there are differences means that
 * nothing can be done but wait (a unit that is still starting).
 *
 * @param converging true when the machine is already on its way (starting, pulling): look again, correct nothing
 */
public record Assessment(List<Difference> differences, List<Action> actions, boolean converging) {
    public static final Assessment IN_SYNC = new Assessment(List.of(), List.of(), false);

    public Assessment {
        differences = List.copyOf(differences);
        actions = List.copyOf(actions);
    }

    public Assessment(List<Difference> differences, List<Action> actions) {
        this(differences, actions, false);
    }

    public boolean inSync() {
        return differences.isEmpty();
    }
}
