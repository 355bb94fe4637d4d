package dev.homeostat.resource;

/** What was seen of one resource on the machine: an immutable record of its kind's own. */
public interface Observation {}
