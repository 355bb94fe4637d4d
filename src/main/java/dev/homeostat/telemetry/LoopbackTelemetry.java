package dev.homeostat.telemetry;

import dev.homeostat.reconcile.RunListener;
import io.micrometer.prometheus.PrometheusMeterRegistry;
import io.smallrye.health.SmallRyeHealth;
import io.smallrye.health.SmallRyeHealthReporter;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jboss.logging.Logger;

/**
 * Metrics and health for those who can only speak TCP, on the loopback address and only if {@code policy.metrics.port} of
 * the declaration asks. Nothing else is served here, and nothing can be changed from here. Thread-safe.
 */
@ApplicationScoped
@SuppressWarnings("deprecation") // the registry that Quarkus' own extension makes
public class LoopbackTelemetry implements RunListener {
    private static final Logger LOG = Logger.getLogger(LoopbackTelemetry.class);
    private static final String LOOPBACK = "127.0.0.1";
    private static final int IDLE_SECONDS = 60;
    private static final int HEADER_LIMIT_BYTES = 8192;
    private static final int NONE = 0;
    /** Prometheus' own text format, which every scraper reads. */
    private static final String TEXT_FORMAT = "text/plain; version=0.0.4; charset=utf-8";

    private final Vertx vertx;
    private final PrometheusMeterRegistry registry;
    private final SmallRyeHealthReporter health;
    private HttpServer server;
    private int port = NONE;

    public LoopbackTelemetry(Vertx vertx, PrometheusMeterRegistry registry, SmallRyeHealthReporter health) {
        this.vertx = vertx;
        this.registry = registry;
        this.health = health;
    }

    @Override
    public void metricsPort(OptionalInt port) {
        port.ifPresentOrElse(this::listen, this::stop);
    }

    /** Listens on that port from now on, and no other. Returns at once; a port that is taken is logged, and nothing else suffers. */
    public synchronized void listen(int wanted) {
        if (wanted == port) {
            return;
        }
        stop();
        port = wanted;
        server = vertx.createHttpServer(new HttpServerOptions()
                        .setHost(LOOPBACK)
                        .setPort(wanted)
                        .setIdleTimeout(IDLE_SECONDS)
                        .setIdleTimeoutUnit(TimeUnit.SECONDS)
                        .setMaxHeaderSize(HEADER_LIMIT_BYTES))
                .requestHandler(this::answer);
        server.listen()
                .onSuccess(up -> LOG.infof("metrics and health on http://%s:%d", LOOPBACK, up.actualPort()))
                .onFailure(e -> {
                    LOG.errorf("metrics and health cannot be served on %s:%d: %s", LOOPBACK, wanted, e.getMessage());
                    forget(wanted);
                });
    }

    /** Listens no more. */
    public synchronized void stop() {
        if (server != null) {
            server.close().onFailure(e -> LOG.warnf("the loopback listener did not close: %s", e.getMessage()));
            server = null;
            port = NONE;
        }
    }

    /** So that the next declaration that asks for the same port tries again. */
    private synchronized void forget(int failed) {
        if (port == failed) {
            server = null;
            port = NONE;
        }
    }

    private void answer(HttpServerRequest request) {
        if (request.method() != HttpMethod.GET && request.method() != HttpMethod.HEAD) {
            request.response()
                    .setStatusCode(405)
                    .putHeader("allow", "GET, HEAD")
                    .end();
            return;
        }
        switch (request.path()) {
            case "/q/metrics", "/metrics" -> later(request, this::metrics);
            case "/q/health" -> later(request, () -> health(health.getHealth()));
            case "/q/health/live" -> later(request, () -> health(health.getLiveness()));
            case "/q/health/ready" -> later(request, () -> health(health.getReadiness()));
            case "/q/health/started" -> later(request, () -> health(health.getStartup()));
            default -> request.response().setStatusCode(404).end();
        }
    }

    private record Document(int status, String type, String body) {}

    private Document metrics() {
        return new Document(200, TEXT_FORMAT, registry.scrape(TEXT_FORMAT));
    }

    private Document health(SmallRyeHealth report) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        health.reportHealth(out, report);
        return new Document(report.isDown() ? 503 : 200, "application/json", out.toString(StandardCharsets.UTF_8));
    }

    /** Both may look at things, so not on the event loop. */
    private static void later(HttpServerRequest request, Supplier<Document> answer) {
        HttpServerResponse response = request.response();
        Thread.ofVirtual().name("loopback").start(() -> {
            try {
                Document document = answer.get();
                response.setStatusCode(document.status())
                        .putHeader("content-type", document.type())
                        .end(document.body());
            } catch (RuntimeException e) {
                LOG.errorf(e, "mistake while answering %s", request.path());
                response.setStatusCode(500).end();
            }
        });
    }
}
