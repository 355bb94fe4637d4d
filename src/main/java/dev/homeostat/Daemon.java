package dev.homeostat;

import dev.homeostat.cli.ExitCode;
import dev.homeostat.reconcile.Loop;
import dev.homeostat.resource.Trouble;
import dev.homeostat.telemetry.JournalFormat;
import dev.homeostat.telemetry.ServiceManager;
import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.QuarkusApplication;
import io.quarkus.runtime.ShutdownEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import org.jboss.logging.Logger;

/** The daemon's life: start the loop, tell the service manager, wait, stop the loop. */
@ApplicationScoped
class Daemon implements QuarkusApplication {
    private static final Logger LOG = Logger.getLogger(Daemon.class);
    /** What SIGTERM grants the running steps; TimeoutStopSec of the unit is longer. */
    private static final Duration STOP_LIMIT = Duration.ofSeconds(10);

    /** A look takes milliseconds, but podman's service may have to start, once a user; less than TimeoutStartSec of the unit. */
    private static final Duration FIRST_PASS_LIMIT = Duration.ofSeconds(30);

    private final Loop loop;
    private final ServiceManager serviceManager;

    Daemon(Loop loop, ServiceManager serviceManager) {
        this.loop = loop;
        this.serviceManager = serviceManager;
    }

    /**
     * An observer and not the end of {@link #run}: on SIGTERM Quarkus takes the container down from a thread of its own as
     * soon as this has returned, while run may not even have woken up.
     */
    void stop(@Observes ShutdownEvent event) {
        serviceManager.stopping();
        loop.stop(STOP_LIMIT);
    }

    @Override
    public int run(String... args) {
        if (JournalFormat.wanted()) {
            JournalFormat.install();
        }
        try {
            loop.start();
        } catch (Trouble e) {
            LOG.error(e.sentence());
            return ExitCode.ERROR.number();
        }
        // so that whoever waits for the unit finds a status that tells of the machine
        if (!loop.awaitFirstPass(FIRST_PASS_LIMIT)) {
            LOG.warn("the first look at everything takes long: something does not answer");
        }
        serviceManager.ready();
        Quarkus.waitForExit();
        return ExitCode.OK.number();
    }
}
