package dev.homeostat.kind.generation.settings;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotNull;
import java.time.Duration;
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
                "When somebody else put another generation in force, say by nixos-rebuild. ask (the default): it stays until homeostat approve. adopt: it stays. revert: it is undone")
        OnManual onManual,

        @JsonPropertyDescription(
                "Generations that stay besides the booted, the current and the one to roll back to. Default 10")
        @Min(1)
        @Max(DeploymentSettings.KEEP_LIMIT)
        Integer keep,

        @JsonPropertyDescription("After which a build is given up. Default 2h")
        Duration buildLimit,

        @JsonPropertyDescription("After which putting a generation in force is given up. Default 15m")
        Duration switchLimit,

        @JsonPropertyDescription("What has to be true of a new generation, by a name of one's own")
        Map<String, @NotNull CheckSettings> checks) {
    /** More would fill /boot. */
    static final int KEEP_LIMIT = 100;

    public static final DeploymentSettings DEFAULT = new DeploymentSettings(null, null, null, null, null, null, null);

    public DeploymentSettings {
        settle = settle == null ? Duration.ofSeconds(30) : settle;
        onFailure = onFailure == null ? OnFailure.ROLLBACK : onFailure;
        onManual = onManual == null ? OnManual.ASK : onManual;
        keep = keep == null ? 10 : keep;
        buildLimit = buildLimit == null ? Duration.ofHours(2) : buildLimit;
        switchLimit = switchLimit == null ? Duration.ofMinutes(15) : switchLimit;
        checks = checks == null ? new TreeMap<>() : new TreeMap<>(checks);
    }

    /** What becomes of a generation that does not pass. */
    public enum OnFailure {
        @JsonProperty("rollback")
        ROLLBACK,
        @JsonProperty("keep")
        KEEP
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
