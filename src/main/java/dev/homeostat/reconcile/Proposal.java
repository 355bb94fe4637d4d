package dev.homeostat.reconcile;

import java.time.Instant;
import java.util.Optional;

/**
 * An edit of the declaration that somebody thought of and a person decides about.
 *
 * @param hash of the file, of what it said when the edit was proposed, and of what it is to say: names this edit and no other
 * @param file that would be written
 * @param why in the words of who proposed it
 * @param by who that was
 * @param added lines
 * @param removed lines
 * @param obstacle why the file is not ours to write, so that its owner has to make the edit; empty if it is
 */
public record Proposal(
        String hash,
        String file,
        String why,
        String by,
        Instant at,
        int added,
        int removed,
        Optional<String> obstacle) {

    /**
     * All that a person wants to see before a decision.
     *
     * @param diff of the text, in the unified form
     * @param plan what would be done to the machine now
     */
    public record Shown(Proposal proposal, String diff, Plan plan) {}

    /**
     * It is in place.
     *
     * @param before revision that was in force: the way back; empty if there was none
     */
    public record Placed(Proposal proposal, String before) {}
}
