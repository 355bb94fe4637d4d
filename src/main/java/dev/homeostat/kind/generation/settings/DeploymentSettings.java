package dev.homeostat.kind.generation.settings;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.homeostat.resource.Durations;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotNull;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** {@code deployment}: how a new generation is verified, and what becomes of one that does not pass. */
public record DeploymentSettings(
        @JsonPropertyDescription("For how long the checks may fail after a generation was put in force. Default 30s")
        Duration settle,

        @JsonPropertyDescription(
                "rollback (the default): what does not pass is undone, exactly to the generation before. keep: it stays, and is told")
        OnFailure onFailure,

        @JsonPropertyDescription(
                "A new generation that passed is only tried: without homeostat confirm within this time, 30s to 1d, the one before comes back, also by a reboot. Without it nobody is asked")
        Duration confirm,

        @JsonPropertyDescription(
                "Who is logged in is told what became of a deployment. needed (the default): of what did not pass, and of a reboot that is needed. always: of all. never: of none")
        Tell tell,

        @JsonPropertyDescription(
                "When somebody else put another generation in force, say by nixos-rebuild. ask (the default): it stays until homeostat approve. adopt: it stays. revert: it is undone")
        OnManual onManual,

        @JsonPropertyDescription(
                "Generations that stay besides the booted, the current and the one to roll back to. Default 10")
        @Min(1)
        @Max(DeploymentSettings.KEEP_LIMIT)
        Integer keep,

        @JsonPropertyDescription(
                "Nix's garbage is collected after a deployment if space is short. Not done if not given")
        GcSettings gc,

        @JsonPropertyDescription("After which a build is given up. Default 2h")
        Duration buildLimit,

        @JsonPropertyDescription("After which putting a generation in force is given up. Default 15m")
        Duration switchLimit,

        @JsonPropertyDescription("What has to be true of a new generation, by a name of one's own")
        Map<String, @NotNull CheckSettings> checks) {
    /** More would fill /boot. */
    static final int KEEP_LIMIT = 100;
    /** What does not work after that time does not work; until then nobody knows whether the generation stays. */
    private static final Duration SETTLE_LIMIT = Duration.ofMinutes(30);
    /** To be typed by somebody who looks at the machine first. */
    private static final Duration CONFIRM_LEAST = Duration.ofSeconds(30);
    /** Until then a reboot undoes what is in force; who does not come by within a day does not mean to. */
    private static final Duration CONFIRM_MOST = Duration.ofDays(1);
    /** No process ends sooner. */
    private static final Duration LIMIT_LEAST = Duration.ofSeconds(1);
    /** A small machine that builds a browser and its compilers from source takes days. */
    private static final Duration BUILD_LIMIT_MOST = Duration.ofDays(7);
    /** A switch starts and stops units; one that takes a day hangs. */
    private static final Duration SWITCH_LIMIT_MOST = Duration.ofDays(1);

    private static final String CHECK_NAME = "^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$";
    private static final String CHECK_NAME_FORM =
            "letters, digits and _ . -, at most 64, beginning with a letter or digit";

    public static final DeploymentSettings DEFAULT =
            new DeploymentSettings(null, null, null, null, null, null, null, null, null, null);

    public DeploymentSettings {
        settle = settle == null ? Duration.ofSeconds(30) : settle;
        onFailure = onFailure == null ? OnFailure.ROLLBACK : onFailure;
        tell = tell == null ? Tell.NEEDED : tell;
        onManual = onManual == null ? OnManual.ASK : onManual;
        keep = keep == null ? 10 : keep;
        buildLimit = buildLimit == null ? Duration.ofHours(2) : buildLimit;
        switchLimit = switchLimit == null ? Duration.ofMinutes(15) : switchLimit;
        checks = checks == null ? new TreeMap<>() : new TreeMap<>(checks);
    }

    /** What the schema does not show to be wrong. Empty if all is right. */
    public List<Settings.Fault> faults() {
        List<Settings.Fault> faults = new ArrayList<>();
        within("settle", settle, Duration.ZERO, SETTLE_LIMIT, faults);
        within("buildLimit", buildLimit, LIMIT_LEAST, BUILD_LIMIT_MOST, faults);
        within("switchLimit", switchLimit, LIMIT_LEAST, SWITCH_LIMIT_MOST, faults);
        if (confirm != null) {
            within("confirm", confirm, CONFIRM_LEAST, CONFIRM_MOST, faults);
            if (onFailure == OnFailure.KEEP) {
                faults.add(
                        new Settings.Fault(
                                "deployment.confirm",
                                "has no effect: deployment.onFailure is keep, so nothing comes back; take one of the two away"));
            }
        }
        checks.forEach((name, check) -> {
            if (!name.matches(CHECK_NAME)) {
                faults.add(
                        new Settings.Fault("deployment.checks", "the name \"" + name + "\" is not " + CHECK_NAME_FORM));
            }
            faults.addAll(check.faults("deployment.checks." + name));
        });
        return faults;
    }

    private static void within(String key, Duration value, Duration least, Duration most, List<Settings.Fault> faults) {
        if (value.compareTo(least) < 0 || value.compareTo(most) > 0) {
            faults.add(new Settings.Fault(
                    "deployment." + key,
                    "expected " + Durations.format(least) + " to " + Durations.format(most) + ", found "
                            + Durations.format(value)));
        }
    }

    /** What becomes of a generation that does not pass. */
    public enum OnFailure {
        @JsonProperty("rollback")
        ROLLBACK,
        @JsonProperty("keep")
        KEEP
    }

    /** Of what those who are logged in are told. */
    public enum Tell {
        @JsonProperty("never")
        NEVER,
        /** Of what needs somebody. */
        @JsonProperty("needed")
        NEEDED,
        @JsonProperty("always")
        ALWAYS
    }

    /** What becomes of a generation that somebody else put in force. */
    public enum OnManual {
        @JsonProperty("ask")
        ASK,
        @JsonProperty("adopt")
        ADOPT,
        @JsonProperty("revert")
        REVERT
    }
}
