package dev.homeostat.resource;

import static java.util.Objects.requireNonNull;

import java.util.List;

/**
 * What is not as declared and what would be done about it, in order. No actions although there are differences means that
 * nothing can be done but wait (a unit that is still starting).
 *
 * @param note what a person should know although nothing is to be done, a sentence; empty if nothing
 * @param converging true when the machine is already on its way (starting, pulling): look again, correct nothing
 * @param waits what a person is waited for, a sentence; empty if nobody is. Nothing is done until another look says otherwise
 * @param changed true when it differs because what it is made from changed (a repository, a folder of the owner's): what is
 *     done about it is a change like one of the declaration, and no drift
 * @param idle true where what it is for is not on this machine: as declared, and of interest only to who asks for it
 */
public record Assessment(
        List<Difference> differences,
        List<Action> actions,
        boolean converging,
        String note,
        String waits,
        boolean changed,
        boolean idle) {
    public static final Assessment IN_SYNC = inSync("");

    public Assessment {
        differences = List.copyOf(differences);
        actions = List.copyOf(actions);
        requireNonNull(waits, "waits is null");
    }

    /** Somebody's word is waited for. */
    public static Assessment waiting(List<Difference> differences, String waits) {
        return new Assessment(differences, List.of(), false, "", waits, false, false);
    }

    public Assessment(List<Difference> differences, List<Action> actions, boolean converging) {
        this(differences, actions, converging, "", "", false, false);
    }

    public Assessment(List<Difference> differences, List<Action> actions) {
        this(differences, actions, false);
    }

    /** It is as declared, and yet there is something to say. */
    public static Assessment inSync(String note) {
        return new Assessment(List.of(), List.of(), false, note, "", false, false);
    }

    /**
     * It is as declared, for there is nothing here that it is for.
     *
     * @param note which thing, a sentence
     */
    public static Assessment idle(String note) {
        return new Assessment(List.of(), List.of(), false, note, "", false, true);
    }

    /** The same, as a change of what it is made from. */
    public Assessment asChange() {
        return new Assessment(differences, actions, converging, note, waits, true, idle);
    }

    /** The same, taken in another phase. */
    public Assessment in(Phase phase) {
        return new Assessment(
                differences, actions.stream().map(a -> a.in(phase)).toList(), converging, note, waits, changed, idle);
    }

    public boolean inSync() {
        return differences.isEmpty();
    }
}
