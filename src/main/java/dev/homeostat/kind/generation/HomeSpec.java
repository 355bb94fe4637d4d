package dev.homeostat.kind.generation;

import static java.util.Objects.requireNonNull;

import dev.homeostat.kind.generation.settings.DeploymentSettings;
import dev.homeostat.resource.Scope;
import dev.homeostat.resource.Spec;

/**
 * The generation of a home that should be in force.
 *
 * @param user whose home it is; the account need not be there yet
 * @param deployment limits and what becomes of what does not pass; its checks are the system's
 */
public record HomeSpec(String user, HomeSource source, DeploymentSettings deployment) implements Spec {
    public HomeSpec {
        if (!Scope.isUserName(user)) { // it is part of paths
            throw new IllegalArgumentException("\"" + user + "\" is not a user name");
        }
        requireNonNull(source, "source is null");
        requireNonNull(deployment, "deployment is null");
    }
}
