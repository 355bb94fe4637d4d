package dev.homeostat.kind.generation;

import static java.util.Objects.requireNonNull;

import dev.homeostat.host.nix.StorePath;
import dev.homeostat.kind.generation.settings.NixosSettings;
import dev.homeostat.resource.SystemOrders;
import java.time.Instant;

/**
 * The owner wants this system instead of what is declared.
 *
 * @param by who said so
 * @param declared key of what was declared then, empty if that could not be looked at: the order ends with it
 */
record SystemOrder(StorePath path, NixosSettings.Operation operation, Instant at, String by, String declared) {
    SystemOrder {
        requireNonNull(path, "path is null");
        requireNonNull(operation, "operation is null");
        requireNonNull(at, "at is null");
        requireNonNull(by, "by is null");
        requireNonNull(declared, "declared is null");
    }

    /** What is to be in force. */
    GenerationSpec instead(GenerationSpec spec) {
        return new GenerationSpec(new SystemSource.Ready(path.toString()), operation, spec.deployment());
    }

    String sentence() {
        return path + " is in force instead of what is declared, as " + by + " ordered at " + at
                + ", until that changes; to go back: homeostat deploy --declared";
    }

    SystemOrders.Order told() {
        return new SystemOrders.Order(path.toString(), GenerationComparison.word(operation), at, by);
    }
}
