package dev.homeostat.resource;

/** What was seen of one resource on the machine: an immutable record of its kind's own. */
public interface Observation {
    /** How it stands, in a few words for people ({@code active (running)}); empty if its kind has none. */
    default String evidence() {
        return "";
    }
}
