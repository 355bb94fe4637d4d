package dev.homeostat.kind.generation;

import dev.homeostat.kind.generation.settings.DeploymentSettings;
import java.util.List;

interface Checks {
    List<String> failing(DeploymentSettings deployment);
}
