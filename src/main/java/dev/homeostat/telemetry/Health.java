package dev.homeostat.telemetry;

import dev.homeostat.reconcile.Engine;
import dev.homeostat.reconcile.MachineStatus;
import dev.homeostat.reconcile.Progress;
import dev.homeostat.resource.Condition;
import dev.homeostat.resource.Durations;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Produces;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponseBuilder;
import org.eclipse.microprofile.health.Liveness;
import org.eclipse.microprofile.health.Readiness;
import org.eclipse.microprofile.health.Startup;

/**
 * Whether the daemon does its work, which is something else than whether the machine is right: an invalid declaration or a
 * failed resource is told in the data and leaves the daemon up.
 */
final class Health {
    private Health() {}

    @Produces
    @ApplicationScoped
    @Liveness
    static HealthCheck live(Progress progress) {
        return () -> builder("loop", !progress.stuck(), progress).build();
    }

    @Produces
    @ApplicationScoped
    @Readiness
    static HealthCheck ready(Progress progress, Engine engine) {
        return () -> {
            HealthCheckResponseBuilder answer =
                    builder("machine", !progress.stuck() && progress.firstPassDone(), progress);
            if (progress.stuck()) {
                return answer.build();
            }
            MachineStatus status = engine.status();
            answer.withData("degraded", !status.right())
                    .withData("summary", status.summary())
                    .withData("declaration", status.declaration().state());
            if (!status.declaration().message().isEmpty()) {
                answer.withData("declarationMessage", status.declaration().message());
            }
            for (Condition condition : Condition.values()) {
                answer.withData(condition.label(), status.counts().getOrDefault(condition, 0L));
            }
            return answer.build();
        };
    }

    @Produces
    @ApplicationScoped
    @Startup
    static HealthCheck started(Progress progress) {
        return () -> builder("first pass", progress.firstPassDone(), progress).build();
    }

    private static HealthCheckResponseBuilder builder(String name, boolean up, Progress progress) {
        HealthCheckResponseBuilder answer = HealthCheckResponse.named(name)
                .status(up)
                .withData("sinceBeat", Durations.format(progress.sinceBeat()));
        progress.complaint().ifPresent(why -> answer.withData("stuck", why));
        return answer;
    }
}
