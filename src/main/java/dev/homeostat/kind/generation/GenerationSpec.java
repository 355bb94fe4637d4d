package dev.homeostat.kind.generation;

import static java.util.Objects.requireNonNull;

import dev.homeostat.kind.generation.settings.DeploymentSettings;
import dev.homeostat.kind.generation.settings.NixosSettings;
import dev.homeostat.resource.Spec;

/** The system generation that should be in force: where it comes from, how it is put in force, and how it is verified. */
public record GenerationSpec(SystemSource source, NixosSettings.Operation operation, DeploymentSettings deployment)
        implements Spec {
    public GenerationSpec {
        requireNonNull(source, "source is null");
        requireNonNull(operation, "operation is null");
        requireNonNull(deployment, "deployment is null");
    }
}
