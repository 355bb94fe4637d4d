package dev.homeostat.resource;

import static java.util.Objects.requireNonNull;

/**
 * One step that closes differences of one resource. Data only: {@link Kind#perform} carries it out.
 *
 * @param verb what is done, one word of the kind's own: {@code write}, {@code start}, {@code remove}
 * @param summary a sentence for people, such as {@code write /etc/motd (12 bytes, mode 0644)}
 * @param undo how it is undone, empty if there is nothing to undo
 */
public record Action(ResourceId resource, String verb, Phase phase, Impact impact, String summary, String undo) {
    public Action {
        requireNonNull(resource, "resource is null");
        requireNonNull(verb, "verb is null");
        requireNonNull(phase, "phase is null");
        requireNonNull(impact, "impact is null");
        requireNonNull(summary, "summary is null");
        requireNonNull(undo, "undo is null");
    }

    /** The same in another phase. */
    public Action in(Phase other) {
        return other == phase ? this : new Action(resource, verb, other, impact, summary, undo);
    }
}
