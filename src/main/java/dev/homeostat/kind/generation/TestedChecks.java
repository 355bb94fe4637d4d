package dev.homeostat.kind.generation;

import dev.homeostat.kind.generation.settings.DeploymentSettings;
import dev.homeostat.resource.Desired;
import dev.homeostat.resource.Examination;
import dev.homeostat.resource.Finding;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;

/** What is declared under {@code deployment.checks}, tried now, whatever is deployed. Thread-safe. */
@ApplicationScoped
class TestedChecks implements Examination {
    private static final String GROUP = "check";

    private final DeclaredChecks checks;

    TestedChecks(DeclaredChecks checks) {
        this.checks = checks;
    }

    @Override
    public boolean isATest() {
        return true;
    }

    @Override
    public List<Finding> look(Collection<Desired<?>> declared) {
        Set<DeploymentSettings> all = new LinkedHashSet<>(); // a home has the system's
        declared.forEach(d -> {
            if (d.spec() instanceof GenerationSpec spec) {
                all.add(spec.deployment());
            } else if (d.spec() instanceof HomeSpec spec) {
                all.add(spec.deployment());
            }
        });
        List<Finding> findings = new ArrayList<>();
        for (DeploymentSettings deployment : all) {
            new TreeMap<>(checks.results(deployment))
                    .forEach((name, wrong) -> findings.add(wrong.map(why -> Finding.failed(
                                    GROUP, name, why, "deployment.checks." + name + " says what is expected"))
                            .orElseGet(() -> Finding.passed(GROUP, name, "as expected"))));
        }
        return findings;
    }
}
