package dev.homeostat.reconcile;

import java.time.Instant;

/**
 * Who asked for what through the control socket, also what was refused.
 *
 * @param verb such as {@code apply}, {@code pause}
 * @param subject resource, plan or revision it was about
 * @param outcome {@code accepted}, {@code refused} or {@code failed}, with the reason
 */
public record AuditEntry(Instant at, Actor actor, String verb, String subject, String outcome) {}
