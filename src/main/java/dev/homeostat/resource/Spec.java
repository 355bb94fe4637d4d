package dev.homeostat.resource;

/**
 * What one resource should be: an immutable record of its kind's own, which Jackson can write and read. It holds all that
 * is compared, and nothing that is secret.
 */
public interface Spec {}
