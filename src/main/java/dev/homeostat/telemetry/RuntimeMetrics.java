package dev.homeostat.telemetry;

import dev.homeostat.host.process.OwnProcess;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.core.instrument.config.MeterFilterReply;
import io.quarkus.runtime.Startup;
import jakarta.annotation.PostConstruct;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.util.Set;
import org.jboss.logging.Logger;

/**
 * What the process and its JVM need. The process' metrics have the names that every Prometheus client gives them, so that
 * dashboards made for others work; of the JVM's only those that answer a question are kept. Thread-safe.
 */
@ApplicationScoped
@Startup
public class RuntimeMetrics {
    private static final Logger LOG = Logger.getLogger(RuntimeMetrics.class);
    private static final String JVM = "jvm.";
    /** Where the memory is, how long collecting it stops the program, how many threads there are. */
    private static final Set<String> JVM_KEPT = Set.of(
            "jvm.memory.used",
            "jvm.memory.committed",
            "jvm.memory.max",
            "jvm.buffer.memory.used",
            "jvm.gc.pause",
            "jvm.threads.live");

    private final MeterRegistry registry;

    public RuntimeMetrics(MeterRegistry registry) {
        this.registry = registry;
    }

    @PostConstruct
    void register() {
        FunctionCounter.builder("process.cpu", this, m -> OwnProcess.cpu().toNanos() / 1e9)
                .description("User and system time of the process")
                .baseUnit("seconds")
                .register(registry);
        Gauge.builder("process.start.time", () -> OwnProcess.started().toEpochMilli() / 1000.0)
                .description("When the process started, since the epoch")
                .baseUnit("seconds")
                .register(registry);
        Gauge.builder("process.resident.memory", () -> asked("its memory", OwnProcess::residentBytes))
                .description("Memory of the process that is in RAM")
                .baseUnit("bytes")
                .register(registry);
        Gauge.builder("process.open.fds", () -> asked("its open files", OwnProcess::openFiles))
                .description("Open files and sockets of the process")
                .register(registry);
    }

    private interface Question {
        long ask() throws IOException;
    }

    private static double asked(String what, Question question) {
        try {
            return question.ask();
        } catch (IOException e) {
            LOG.warnf("the kernel does not tell this process %s: %s", what, e.getMessage());
            return Double.NaN;
        }
    }

    @Produces
    @Singleton
    static MeterFilter onlyWhatIsUseful() {
        return new MeterFilter() {
            @Override
            public MeterFilterReply accept(Meter.Id id) {
                return id.getName().startsWith(JVM) && !JVM_KEPT.contains(id.getName())
                        ? MeterFilterReply.DENY
                        : MeterFilterReply.NEUTRAL;
            }
        };
    }
}
