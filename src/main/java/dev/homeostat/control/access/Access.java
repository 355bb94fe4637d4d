package dev.homeostat.control.access;

import dev.homeostat.host.Locations;
import dev.homeostat.host.posix.Account;
import dev.homeostat.host.posix.Accounts;
import dev.homeostat.reconcile.Actor;
import dev.homeostat.reconcile.AuditEntry;
import dev.homeostat.reconcile.Engine;
import dev.homeostat.reconcile.Refusal;
import dev.homeostat.reconcile.Via;
import io.vertx.core.http.HttpServerRequest;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Optional;
import java.util.Set;

/**
 * Who may do what: everyone whom the socket's mode lets in may read; root, the daemon's own user and, for the system's
 * daemon, members of {@link Locations#GROUP} may change things. Every change that is asked for is audited, also what is
 * refused (of a flood of attempts the number, see {@link RefusedAttempts}). Decided anew on every request, because groups change while connections last. Thread-safe.
 */
@ApplicationScoped
public class Access {
    private static final int ROOT = 0;
    /** Longer reasons are cut in the audit log: they may hold what a stranger sent. */
    private static final int REASON_LIMIT_CHARS = 300;

    /**
     * What may be asked for through a program that speaks for somebody: what changes nothing, and what a person decides
     * about afterwards.
     */
    private static final Set<String> THROUGH_PROGRAMS = Set.of("plan", "propose");

    private final Accounts accounts;
    private final Locations locations;
    private final Engine engine;
    private final InstantSource clock;
    private final RefusedAttempts attempts = new RefusedAttempts();
    private final ToldReads reads = new ToldReads();
    private final Allowance allowance = new Allowance();
    private final int ownUid;

    public Access(Accounts accounts, Locations locations, Engine engine, InstantSource clock) {
        this.accounts = accounts;
        this.locations = locations;
        this.engine = engine;
        this.clock = clock;
        this.ownUid = uidOfThisProcess();
    }

    /** @throws NotPermitted if the kernel does not say who it is */
    public Peer peer(HttpServerRequest request) throws NotPermitted {
        Peer peer =
                Peers.of(request).orElseThrow(() -> new NotPermitted("the control socket serves local processes only"));
        // also if it is empty, or there several times: a person's programs do not send it at all
        String via = request.getHeader(Via.HEADER);
        return via == null ? peer : peer.through(Via.parse(via));
    }

    /** Writes to the audit log that somebody looks through a program; of many times, how many. */
    public void looked(Peer peer, String path) {
        peer.via()
                .flatMap(via -> reads.next(peer.uid(), via, clock.instant()))
                .ifPresent(untold -> audit(
                        actor(peer),
                        "look",
                        path,
                        "accepted" + (untold == 0 ? "" : " (and " + untold + " times before that are not listed)")));
    }

    /** This process itself: a command of the console run without a daemon. */
    public Peer self() {
        return new Peer(ownUid, -1, (int) ProcessHandle.current().pid());
    }

    public boolean mayChange(Peer peer) {
        if (peer.uid() == ROOT || peer.uid() == ownUid) {
            return true;
        }
        if (locations.unprivileged()) {
            return false;
        }
        Optional<Integer> group = accounts.group(Locations.GROUP);
        if (group.isEmpty()) {
            return false;
        }
        Optional<Account> account = accounts.user(peer.uid());
        return peer.gid() == group.get()
                || account.isPresent() && accounts.groupsOf(account.get()).contains(group.get());
    }

    public Actor actor(Peer peer) {
        String name = accounts.user(peer.uid()).map(Account::name).orElse("uid " + peer.uid());
        return new Actor(peer.uid(), peer.pid(), name, peer.via());
    }

    /**
     * Carries out a change if the peer may, and writes to the audit log what came of it.
     *
     * @param verb such as {@code apply}
     * @param subject resource, plan or revision it is about
     */
    public <T> T change(Peer peer, String verb, String subject, Change<T> change) throws NotPermitted, Refusal {
        Actor actor = actor(peer);
        if (!mayChange(peer)) {
            String who = locations.unprivileged()
                    ? "only their owner and root may"
                    : "only root and members of the group " + Locations.GROUP + " may";
            throw refused(actor, verb, subject, who);
        }
        if (peer.via().isPresent() && !THROUGH_PROGRAMS.contains(verb)) {
            throw refused(
                    actor,
                    verb,
                    subject,
                    "through " + peer.via().get().program()
                            + " one may look and propose; a person does that on the command line");
        }
        if (peer.via().isPresent() && !allowance.take(peer.uid(), clock.instant())) {
            throw refused(
                    actor,
                    verb,
                    subject,
                    "more than " + Allowance.PER_HOUR + " times an hour is not taken from programs; wait");
        }
        boolean told = false;
        try {
            T result = change.by(actor);
            told = true;
            audit(actor, verb, subject, "accepted");
            return result;
        } catch (Refusal e) {
            told = true;
            audit(actor, verb, subject, "refused: " + e.getMessage());
            throw e;
        } finally {
            if (!told) {
                audit(actor, verb, subject, "failed");
            }
        }
    }

    /** Writes that to the audit log, of a flood the number. */
    private NotPermitted refused(Actor actor, String verb, String subject, String why) {
        attempts.next(actor.uid(), clock.instant())
                .ifPresent(untold -> audit(
                        actor,
                        verb,
                        subject,
                        "refused: not permitted"
                                + (untold == 0 ? "" : " (and " + untold + " attempts before that are not listed)")));
        return new NotPermitted(actor.name() + " may not " + verb + ": " + why);
    }

    /** Something that changes the machine or what is kept. */
    @FunctionalInterface
    public interface Change<T> {
        T by(Actor actor) throws Refusal;
    }

    private void audit(Actor actor, String verb, String subject, String outcome) {
        engine.audit(new AuditEntry(clock.instant(), actor, verb, cut(subject), cut(outcome)));
    }

    private static String cut(String text) {
        return text.length() <= REASON_LIMIT_CHARS ? text : text.substring(0, REASON_LIMIT_CHARS) + "…";
    }

    private static int uidOfThisProcess() {
        try {
            return (Integer) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
        } catch (IOException e) {
            throw new UncheckedIOException("cannot tell which user this process is of", e);
        }
    }
}
