package dev.homeostat.reconcile;

import dev.homeostat.resource.ResourceId;
import java.time.Instant;
import java.util.Optional;

/**
 * Something that happened, as {@code homeostat watch} shows it.
 *
 * @param sequence grows by one
 * @param type {@code condition}, {@code drift} (corrected), {@code change} and {@code removal} (made), {@code noticed}, {@code step}, {@code progress} (of a step that takes long), {@code run}, {@code declaration}, {@code source}
 * @param text one line for people
 */
public record Event(long sequence, Instant at, String type, Optional<ResourceId> resource, String text) {}
