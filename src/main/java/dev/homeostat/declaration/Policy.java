package dev.homeostat.declaration;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.homeostat.resource.ResourceId;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Size;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** {@code policy}: how the daemon goes about its work. Every value has a default. */
public record Policy(
        @JsonPropertyDescription(
                "auto (the default): an edit of the declaration is applied at once. ask: it waits for \"homeostat apply\"; drift is corrected all the same")
        Consent apply,

        @JsonPropertyDescription("How often everything is looked at although no event said so. Default 5m")
        Duration resync,

        @JsonPropertyDescription("Pauses between attempts when correcting fails")
        Backoff backoff,

        @JsonPropertyDescription(
                "auto (the default): what left the declaration and was made by us is removed. ask: it waits for \"homeostat approve\"")
        Consent removal,

        @JsonPropertyDescription(
                "auto (the default) or ask: whether actions that interrupt something wait for \"homeostat approve\". Actions that lose data always do")
        Consent disruptive,

        @JsonPropertyDescription(
                "When actions may interrupt what runs; at other times they wait, or for \"homeostat approve\"")
        Maintenance maintenance,

        @JsonPropertyDescription(
                "respect (the default): actions that interrupt something wait while somebody holds an inhibitor lock against shutdown (see systemd-inhibit). ignore: they do not")
        Inhibited inhibitors,

        @JsonPropertyDescription("What else holds back actions that interrupt something. Nothing if not given")
        Holds holds,

        @JsonPropertyDescription(
                "How long an action may wait for a maintenance window or for an inhibitor lock before its resource counts as Failed. It goes on waiting. Default 8d if there are maintenance windows, else 1d")
        Duration waitAtMost,

        @JsonPropertyDescription("When to stop correcting what somebody else keeps undoing")
        Fights fights,

        @JsonPropertyDescription("Resources that are left alone for now, by id")
        Map<ResourceId, Paused> paused,

        @JsonPropertyDescription("Metrics and health on the loopback interface, besides the control socket")
        Metrics metrics) {

    private static final Duration RESYNC = Duration.ofMinutes(5);
    /** More than a week: windows that open once a week are waited for in peace. */
    private static final Duration WAIT_FOR_WINDOW = Duration.ofDays(8);
    /** Whatever holds an inhibitor lock for longer has most likely forgotten it. */
    private static final Duration WAIT_FOR_LOCK = Duration.ofDays(1);

    /** A pass costs a few hundredths of a second; more often would be load without use. */
    private static final Duration RESYNC_LEAST = Duration.ofSeconds(1);

    public static final Policy DEFAULT =
            new Policy(null, null, null, null, null, null, null, null, null, null, null, null);

    public Policy {
        apply = apply == null ? Consent.AUTO : apply;
        resync = resync == null ? RESYNC : resync;
        backoff = backoff == null ? new Backoff(null, null) : backoff;
        removal = removal == null ? Consent.AUTO : removal;
        disruptive = disruptive == null ? Consent.AUTO : disruptive;
        maintenance = maintenance == null ? Maintenance.ALWAYS : maintenance;
        inhibitors = inhibitors == null ? Inhibited.RESPECT : inhibitors;
        holds = holds == null ? Holds.NONE : holds;
        waitAtMost =
                waitAtMost != null ? waitAtMost : maintenance.windows().isEmpty() ? WAIT_FOR_LOCK : WAIT_FOR_WINDOW;
        fights = fights == null ? new Fights(null, null) : fights;
        paused = paused == null ? Map.of() : Map.copyOf(paused);
    }

    /** Whether something is done at once. */
    public enum Consent {
        @JsonProperty("auto")
        AUTO,
        @JsonProperty("ask")
        ASK
    }

    /** What inhibitor locks mean. */
    public enum Inhibited {
        @JsonProperty("respect")
        RESPECT,
        @JsonProperty("ignore")
        IGNORE
    }

    /** What about the machine holds back an interruption; null where it does not. */
    public record Holds(
            @JsonPropertyDescription("While the machine runs on battery")
            Hold battery,

            @JsonPropertyDescription("While the network is metered, as NetworkManager knows")
            Hold metered,

            @JsonPropertyDescription("While somebody is logged in, as logind knows")
            Hold sessions) {
        static final Holds NONE = new Holds(null, null, null);

        /** Those that are declared, by name. */
        public SortedMap<String, Hold> all() {
            SortedMap<String, Hold> all = new TreeMap<>();
            put(all, "battery", battery);
            put(all, "metered", metered);
            put(all, "sessions", sessions);
            return all;
        }

        private static void put(Map<String, Hold> all, String name, Hold hold) {
            if (hold != null) {
                all.put(name, hold);
            }
        }
    }

    /** How long something may hold, and what then. What cannot be told holds, too. */
    public record Hold(
            @JsonPropertyDescription("For how long it holds at most, 1m to 30d. Default 1d")
            Duration atMost,

            @JsonPropertyDescription(
                    "What follows when it has held for that long. ask (the default): it waits for \"homeostat approve\". proceed: it is done all the same")
            After afterwards) {
        /** Shorter than that nobody waits for; a charger is brought, a person logs out. */
        private static final Duration LEAST = Duration.ofMinutes(1);
        /** What was not done for a month was forgotten. */
        private static final Duration MOST = Duration.ofDays(30);

        public Hold {
            atMost = atMost == null ? Duration.ofDays(1) : atMost;
            afterwards = afterwards == null ? After.ASK : afterwards;
        }

        private boolean isInRange() {
            return atMost.compareTo(LEAST) >= 0 && atMost.compareTo(MOST) <= 0;
        }
    }

    /** What follows when something has held for too long. */
    public enum After {
        @JsonProperty("ask")
        ASK,
        @JsonProperty("proceed")
        PROCEED
    }

    /** So many corrections of drift within a while are a fight: somebody keeps undoing them. */
    public record Fights(
            @JsonPropertyDescription("So many corrections of one resource are too many. Default 10")
            @Min(2)
            @Max(1_000_000)
            Integer corrections,

            @JsonPropertyDescription("Within so long. Default 30s")
            Duration within) {
        private static final int CORRECTIONS = 10;
        private static final Duration WITHIN = Duration.ofSeconds(30);

        public Fights {
            corrections = corrections == null ? CORRECTIONS : corrections;
            within = within == null ? WITHIN : within;
        }
    }

    /** Each pause is twice the one before, with jitter, up to a limit. */
    public record Backoff(
            @JsonPropertyDescription("First pause. Default 1s")
            Duration initial,

            @JsonPropertyDescription("Longest pause. Default 5m")
            Duration limit) {
        public Backoff {
            initial = initial == null ? Duration.ofSeconds(1) : initial;
            limit = limit == null ? Duration.ofMinutes(5) : limit;
        }
    }

    /** Why, and until when. */
    public record Paused(
            @JsonPropertyDescription("Why, for those who wonder later") @NotNull @Size(min = 1, max = 500)
            String reason,

            @JsonPropertyDescription(
                    "When it is taken up again, such as 2026-12-01T08:00:00Z. Until the entry is removed if not given")
            Instant until) {}

    /** A TCP listener on 127.0.0.1. */
    public record Metrics(
            @JsonPropertyDescription("TCP port on 127.0.0.1") @NotNull @Min(1024) @Max(65535)
            Integer port) {}

    /** Where rules that the schema cannot express are told to be broken. */
    interface Faults {
        /** @param key of the policy */
        void add(String key, String message);
    }

    void check(Faults faults) {
        if (resync.compareTo(RESYNC_LEAST) < 0) {
            faults.add("resync", "expected at least 1s");
        }
        if (backoff.initial().isZero() || backoff.limit().compareTo(backoff.initial()) < 0) {
            faults.add("backoff", "initial has to be more than nothing, and limit not less than initial");
        }
        if (fights.within().isZero()) {
            faults.add("fights", "within has to be more than nothing");
        }
        if (waitAtMost.isZero()) {
            faults.add("waitAtMost", "has to be more than nothing");
        }
        holds.all().forEach((name, hold) -> {
            if (!hold.isInRange()) {
                faults.add("holds", name + ".atMost: expected 1m to 30d");
            }
        });
        maintenance.check(faults);
    }
}
