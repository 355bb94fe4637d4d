package dev.homeostat.host.systemd;

import dev.homeostat.resource.Trouble;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** What systemd was asked to do with units, until it is done or has failed. Thread-safe. */
final class Jobs {
    private final Connection connection;
    private final Map<String, CompletableFuture<String>> jobs = new ConcurrentHashMap<>();

    /** Units that a job of ours is under way for, with how many. */
    private final Map<String, Integer> ours = new ConcurrentHashMap<>();

    Jobs(Connection connection) {
        this.connection = connection;
    }

    /** A job is over. Called by the reader. */
    void ended(String path, String result) {
        CompletableFuture<String> job = jobs.remove(path);
        if (job != null) {
            job.complete(result);
        }
    }

    /** The end of none of them will be heard. */
    void lost() {
        jobs.values()
                .forEach(job ->
                        job.completeExceptionally(new IOException("the connection to " + connection.who() + " ended")));
        jobs.clear();
    }

    boolean areOursFor(UnitName unit) {
        return ours.containsKey(unit.text());
    }

    boolean areAnyOurs() {
        return !ours.isEmpty();
    }

    /**
     * Has something done and waits for its end.
     *
     * @param verb for people
     * @param member the manager's method, of unit and mode
     * @throws Trouble transient if it failed, with the reason, or is not done within the limit (then a TimeoutException is
     *     its cause): systemd goes on with it
     */
    void run(String verb, String member, UnitName unit, Duration limit) throws Trouble {
        run(verb, unit, limit, member, "ss", unit.text(), "replace");
    }

    /** The same for a method with other arguments. */
    void run(String verb, UnitName unit, Duration limit, String member, String signature, Object... arguments)
            throws Trouble {
        ours.merge(unit.text(), 1, Integer::sum);
        try {
            await(verb, unit, limit, member, signature, arguments);
        } finally {
            ours.computeIfPresent(unit.text(), (u, n) -> n == 1 ? null : n - 1);
        }
    }

    private void await(String verb, UnitName unit, Duration limit, String member, String signature, Object... arguments)
            throws Trouble {
        String what = verb + " " + unit;
        // The reply and the job's end may arrive together: the reader notes the job before it reads on.
        CompletableFuture<String> end = connection.manager(
                what,
                Connection.CALL_LIMIT,
                values -> jobs.computeIfAbsent(UnitProperties.text(values[0]), path -> new CompletableFuture<>()),
                member,
                signature,
                arguments);
        try {
            String result = end.get(limit.toMillis(), TimeUnit.MILLISECONDS);
            if (!result.equals("done")) {
                throw Trouble.passing(verb + " of " + unit + " failed: " + why(unit, result));
            }
        } catch (TimeoutException e) {
            jobs.values().remove(end);
            throw Trouble.passing(
                    verb + " of " + unit + " is not done after " + limit.toSeconds() + " s; systemd goes on with it",
                    e);
        } catch (ExecutionException e) {
            throw Trouble.passing(what + ": " + e.getCause().getMessage(), e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw Trouble.passing(what + ": interrupted");
        }
    }

    private String why(UnitName unit, String jobResult) throws Trouble {
        String reason = switch (jobResult) {
            case "canceled" -> "another job took its place";
            case "timeout" -> "it took longer than its own limit";
            case "dependency" -> "a unit it needs failed";
            case "skipped" -> "it does not apply to the unit's state";
            default -> jobResult;
        };
        if (!jobResult.equals("failed")) {
            return reason;
        }
        Bus bus = connection.bus();
        List<CompletableFuture<Object>> asked = new ArrayList<>(List.of(Connection.property(bus, unit, "Result")));
        if (unit.type().equals("service")) {
            asked.add(Connection.property(bus, unit, "ExecMainStatus"));
            asked.add(Connection.property(bus, unit, "StatusText"));
        }
        List<String> facts = new ArrayList<>();
        for (CompletableFuture<Object> value : asked) {
            try {
                facts.add(UnitProperties.text(connection.await(value)));
            } catch (Bus.CallFailed e) {
                facts.add("");
            }
        }
        String result = facts.getFirst();
        if (result.equals("success")) {
            return "systemd starts it again by itself";
        }
        StringBuilder out = new StringBuilder(result.isEmpty() ? reason : "its result is " + result);
        if (facts.size() == 3 && result.equals("exit-code")) {
            out.append(", exit status ").append(facts.get(1));
        }
        if (facts.size() == 3 && !facts.get(2).isEmpty()) {
            out.append(", its status \"").append(facts.get(2)).append('"');
        }
        return out.toString();
    }
}
