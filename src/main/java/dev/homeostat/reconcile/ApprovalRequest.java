package dev.homeostat.reconcile;

import dev.homeostat.resource.Action;
import java.time.Instant;

/**
 * An action that waits for a person.
 *
 * @param token names this action on this resource as it was seen; {@code homeostat approve} takes it or the resource's id
 */
public record ApprovalRequest(String token, Action action, String reason, Instant since) {}
