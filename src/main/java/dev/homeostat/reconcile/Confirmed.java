package dev.homeostat.reconcile;

import dev.homeostat.resource.ResourceId;

/**
 * The owner's word was taken.
 *
 * @param what stays now, for people
 */
public record Confirmed(ResourceId resource, String what) {}
