package dev.homeostat.reconcile;

import dev.homeostat.declaration.Policy;
import dev.homeostat.resource.Action;
import dev.homeostat.resource.Condition;
import dev.homeostat.resource.Desired;
import dev.homeostat.resource.Difference;
import dev.homeostat.resource.Durations;
import dev.homeostat.resource.Impact;
import dev.homeostat.resource.Json;
import dev.homeostat.resource.ResourceId;
import dev.homeostat.resource.Sha256;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Which actions wait for a person, and what people answered. An answer names one action on one resource as it was seen: for
 * any other difference it does not count, and once used it is gone. Thread-safe.
 */
final class Consents {
    /** Long enough that two requests do not meet, short enough to be typed. */
    private static final int TOKEN_DIGITS = 10;

    private final Journal journal;
    private final Interruptions interruptions;
    private final Holds holds;
    private final Map<String, ApprovalRequest> requests = new HashMap<>();
    /** What was answered with no: it is not asked again, but the answer can be changed. */
    private final Map<String, ApprovalRequest> declined = new HashMap<>();

    private final Map<String, Boolean> answers = new HashMap<>();
    /** Of the answers those that were a yes, with what they are about. */
    private final Map<String, ResourceId> granted = new HashMap<>();

    Consents(Journal journal, Interruptions interruptions, Holds holds) {
        this.journal = journal;
        this.interruptions = interruptions;
        this.holds = holds;
    }

    synchronized void load() {
        journal.answers().forEach((token, answer) -> {
            answers.put(token, answer.granted());
            if (answer.granted()) {
                answer.about().ifPresent(id -> granted.put(token, id));
            }
        });
    }

    /**
     * @param reason why the actions are not taken by themselves
     * @param again when to ask again if nobody answers; empty if only an answer changes anything
     * @param overdue it has waited for longer than the policy takes for normal
     */
    record Question(String reason, Optional<Duration> again, boolean overdue) {}

    /** @param inTime whether it has a time of its own that is not over yet */
    private record Obstacle(String reason, Optional<Duration> again, boolean inTime) {
        Obstacle(String reason, Optional<Duration> again) {
            this(reason, again, false);
        }
    }

    /** Why these actions may not be taken by themselves; empty if they may. */
    Optional<Question> held(
            Desired<?> desired, List<Difference> differences, List<Action> actions, Policy policy, Instant now) {
        Map<Action, Obstacle> obstacles = new LinkedHashMap<>();
        List<Action> questions = questions(desired, actions);
        for (Action action : questions) { // not under the lock: finding out may take a moment
            obstacle(desired, action, policy, now, true).ifPresent(o -> obstacles.put(action, o));
        }
        return held(desired, differences, questions, obstacles, policy, now);
    }

    private synchronized Optional<Question> held(
            Desired<?> desired,
            List<Difference> differences,
            List<Action> questions,
            Map<Action, Obstacle> obstacles,
            Policy policy,
            Instant now) {
        if (!requests.isEmpty() || !declined.isEmpty()) {
            withdraw(desired.id(), questions, differences);
        }
        List<String> held = new ArrayList<>();
        List<Duration> again = new ArrayList<>();
        boolean overdue = false;
        for (Map.Entry<Action, Obstacle> entry : obstacles.entrySet()) {
            Action action = entry.getKey();
            Obstacle obstacle = entry.getValue();
            String token = token(action, differences);
            Boolean answer = answers.get(token);
            if (Boolean.TRUE.equals(answer)) {
                continue;
            }
            obstacle.again().ifPresent(again::add);
            if (answer != null) {
                declined.putIfAbsent(token, new ApprovalRequest(token, action, obstacle.reason(), now));
                held.add("declined: " + action.summary() + " (to change that: homeostat approve " + token + ")");
                continue;
            }
            ApprovalRequest before = requests.get(token);
            Instant since = before == null ? now : before.since();
            requests.put(token, new ApprovalRequest(token, action, obstacle.reason(), since));
            boolean late = obstacle.again().isPresent()
                    && !obstacle.inTime()
                    && Duration.between(since, now).compareTo(policy.waitAtMost()) >= 0;
            overdue |= late;
            held.add("needs an approval, because " + obstacle.reason() + ": homeostat approve " + token + " ("
                    + action.summary() + ")"
                    + (late
                            ? "; it has waited since " + since + ", longer than policy.waitAtMost ("
                                    + Durations.format(policy.waitAtMost()) + ")"
                            : ""));
        }
        return held.isEmpty()
                ? Optional.empty()
                : Optional.of(
                        new Question(String.join("; ", held), again.stream().min(Comparator.naturalOrder()), overdue));
    }

    /** The same question without asking it. */
    Optional<String> wouldHold(Desired<?> desired, List<Action> actions, Policy policy, Instant now) {
        return actions.stream()
                .flatMap(a -> obstacle(desired, a, policy, now, false).stream())
                .findFirst()
                .map(obstacle -> "needs an approval, because " + obstacle.reason());
    }

    /** @param counts whether a wait begins with it, if it has not begun yet */
    private Optional<Obstacle> obstacle(Desired<?> desired, Action action, Policy policy, Instant now, boolean counts) {
        if (action.impact() == Impact.DESTRUCTIVE) {
            return Optional.of(new Obstacle("it loses data", Optional.empty()));
        }
        if (action.impact() == Impact.CONTESTED) {
            return Optional.of(new Obstacle("somebody else put it as it is", Optional.empty()));
        }
        if (desired.retired() && policy.removal() == Policy.Consent.ASK) {
            return Optional.of(new Obstacle("policy.removal is ask", Optional.empty()));
        }
        if (action.impact() == Impact.DISRUPTIVE && policy.disruptive() == Policy.Consent.ASK) {
            return Optional.of(new Obstacle("policy.disruptive is ask", Optional.empty()));
        }
        return action.impact() == Impact.DISRUPTIVE
                ? interruptions
                        .unwelcome(policy)
                        .map(u -> new Obstacle(u.reason(), Optional.of(u.again())))
                        .or(() -> holds.of(desired.id(), policy, now, counts)
                                .map(h -> new Obstacle(h.reason(), Optional.of(h.again()), h.inTime())))
                : Optional.empty();
    }

    /** The differences are others by now: what was asked before is no longer the question. */
    private void withdraw(ResourceId id, List<Action> actions, List<Difference> differences) {
        List<String> current = actions.stream().map(a -> token(a, differences)).toList();
        forget(r -> r.action().resource().equals(id) && !current.contains(r.token()));
    }

    /** The resource is in sync, gone, or no longer declared. */
    synchronized void withdraw(ResourceId id) {
        holds.forget(id);
        forget(r -> r.action().resource().equals(id));
        // a yes was to what differed then: if the same is to be done another time, it is another question
        granted.entrySet().removeIf(grant -> {
            if (!grant.getValue().equals(id)) {
                return false;
            }
            answers.remove(grant.getKey());
            return journal.forget(grant.getKey());
        });
    }

    private void forget(Predicate<ApprovalRequest> which) {
        requests.values().removeIf(which);
        declined.values().removeIf(which);
    }

    /** What a person is asked: of a removal one thing, however many steps it takes. */
    private static List<Action> questions(Desired<?> desired, List<Action> actions) {
        if (!desired.retired()
                || actions.size() < 2
                || actions.stream().anyMatch(a -> a.impact() == Impact.DESTRUCTIVE)) {
            return actions;
        }
        Action first = actions.getFirst();
        String all = String.join(", ", actions.stream().map(Action::summary).toList());
        return List.of(new Action(desired.id(), "remove", first.phase(), Impact.DISRUPTIVE, all, "declare it again"));
    }

    /**
     * These actions are to be taken: their approvals are used up.
     *
     * @return whether that is on the disk; if not, they must not be taken, for the approval would count once more
     */
    synchronized boolean use(Desired<?> desired, List<Action> actions, List<Difference> differences) {
        if (answers.isEmpty() && requests.isEmpty()) {
            return true; // nearly always: a token is a digest over everything that differs
        }
        for (Action action : questions(desired, actions)) {
            String token = token(action, differences);
            if (answers.containsKey(token) && !journal.forget(token)) {
                return false;
            }
            answers.remove(token);
            granted.remove(token);
            requests.remove(token);
            declined.remove(token);
        }
        return true;
    }

    /** Whether a person let one of these actions be taken. */
    synchronized boolean isApproved(Desired<?> desired, List<Action> actions, List<Difference> differences) {
        return !answers.isEmpty()
                && questions(desired, actions).stream()
                        .anyMatch(a -> Boolean.TRUE.equals(answers.get(token(a, differences))));
    }

    /** Why nothing may be disrupted at this time; empty if it may. The look that comes at once asks the question. */
    Optional<Gate.Held> interrupted(Policy policy) {
        return interruptions
                .unwelcome(policy)
                .map(u -> new Gate.Held(
                        Condition.BLOCKED, "waits, because " + u.reason(), false, Optional.of(Duration.ZERO)));
    }

    synchronized List<ApprovalRequest> requests() {
        return requests.values().stream()
                .sorted(Comparator.comparing(ApprovalRequest::since).thenComparing(ApprovalRequest::token))
                .toList();
    }

    /** @param name a token, or the id of a resource with one request */
    synchronized ApprovalRequest answer(String name, boolean yes, Actor actor, Instant now) throws Refusal {
        // a no may become a yes; that it is a no already needs no second word
        List<ApprovalRequest> meant = (yes
                        ? Stream.concat(requests.values().stream(), declined.values().stream())
                        : requests.values().stream())
                .filter(r -> r.token().equals(name)
                        || r.action().resource().toString().equals(name))
                .toList();
        if (meant.isEmpty()) {
            throw new Refusal(
                    Refusal.Sort.NOT_FOUND,
                    "nothing called \"" + name + "\" waits for an approval; homeostat approve lists what does");
        }
        if (meant.size() > 1) {
            throw new Refusal(
                    Refusal.Sort.CONFLICT,
                    name + " has " + meant.size() + " actions waiting: name one of "
                            + String.join(
                                    ", ",
                                    meant.stream().map(ApprovalRequest::token).toList()));
        }
        ApprovalRequest request = meant.getFirst();
        if (!journal.answer(request.token(), request.action().resource(), yes, actor, now)) {
            throw new Refusal(
                    Refusal.Sort.CONFLICT,
                    "cannot be answered: the journal cannot be written ("
                            + journal.trouble().orElse("") + ")");
        }
        answers.put(request.token(), yes);
        if (yes) {
            granted.put(request.token(), request.action().resource());
        } else {
            granted.remove(request.token());
        }
        requests.remove(request.token());
        declined.remove(request.token());
        if (!yes) {
            declined.put(request.token(), request);
        }
        return request;
    }

    static String token(Action action, List<Difference> differences) {
        return Sha256.hex(Json.write(List.of(action.resource(), action.verb(), action.summary(), differences)))
                .substring(0, TOKEN_DIGITS);
    }
}
