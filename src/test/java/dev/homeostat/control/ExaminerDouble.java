package dev.homeostat.control;

import dev.homeostat.reconcile.Examined;
import dev.homeostat.reconcile.Examiner;
import dev.homeostat.resource.Finding;
import jakarta.enterprise.inject.Alternative;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A machine of which something passes and, unless it is right, something does not. */
@Alternative
@Singleton
public class ExaminerDouble implements Examiner {
    private final EngineDouble engine;

    ExaminerDouble(EngineDouble engine) {
        this.engine = engine;
    }

    @Override
    public Examined examine() {
        return examined(List.of());
    }

    @Override
    public Examined test() {
        return examined(List.of(Finding.passed("check", "web", "as expected")));
    }

    private Examined examined(List<Finding> more) {
        if (engine.bug != null) {
            throw engine.bug;
        }
        List<Finding> findings = new ArrayList<>(List.of(
                Finding.passed("resource", "file//etc/motd", "as declared"),
                Finding.warning("storage", "room in /nix", "3072 MiB free", "collect garbage")));
        if (!engine.right) {
            findings.add(
                    Finding.failed("port", "80/tcp of container/web", "taken by <nginx> & \"others\" #1", "stop that"));
        }
        findings.addAll(more);
        return new Examined(engine.right, EngineDouble.LONG_AGO, Duration.ofMillis(12), findings);
    }
}
