package dev.homeostat.kind.container;

import static org.assertj.core.api.Assertions.assertThat;

import dev.homeostat.host.podman.Container;
import dev.homeostat.host.podman.PodmanVersion;
import dev.homeostat.host.podman.PublishedPort;
import dev.homeostat.host.podman.Quadlets;
import dev.homeostat.host.systemd.UnitState;
import dev.homeostat.resource.Action;
import dev.homeostat.resource.Assessment;
import dev.homeostat.resource.Desired;
import dev.homeostat.resource.Difference;
import dev.homeostat.resource.Scope;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class ContainerComparisonTest {
    private static final Instant MADE = Instant.parse("2026-11-23T10:00:00.5Z");
    private static final Desired<ContainerSpec> WEB = Specs.image("localhost/busybox:1", "httpd")
            .ports("8080:80")
            .health(1, 3, "true")
            .named(Scope.OWN, "web");
    private static final String TEXT = ContainerQuadlet.text("web", WEB.spec());
    private static final String DIGEST = ContainerQuadlet.digest(WEB.spec());

    /** A look that finds everything right; each {@code with} finds one thing otherwise. */
    private record Look(
            String state,
            String health,
            String label,
            String imageId,
            String port,
            String text,
            long textChanged,
            String unit,
            boolean reload,
            String wanted,
            Duration gone,
            long environment,
            boolean exists) {
        static final Look RIGHT = new Look(
                "running",
                "healthy",
                DIGEST,
                "one",
                "8080:80",
                TEXT,
                0,
                "active",
                false,
                "one",
                Duration.ZERO,
                0,
                true);

        Look state(String s) {
            return new Look(
                    s, "", label, imageId, port, text, textChanged, unit, reload, wanted, gone, environment, exists);
        }

        Look health(String s) {
            return new Look(
                    state, s, label, imageId, port, text, textChanged, unit, reload, wanted, gone, environment, exists);
        }

        Look label(String s) {
            return new Look(
                    state,
                    health,
                    s,
                    imageId,
                    port,
                    text,
                    textChanged,
                    unit,
                    reload,
                    wanted,
                    gone,
                    environment,
                    exists);
        }

        Look port(String s) {
            return new Look(
                    state,
                    health,
                    label,
                    imageId,
                    s,
                    text,
                    textChanged,
                    unit,
                    reload,
                    wanted,
                    gone,
                    environment,
                    exists);
        }

        Look quadlet(String s, long changed) {
            return new Look(
                    state, health, label, imageId, port, s, changed, unit, reload, wanted, gone, environment, exists);
        }

        Look unit(String s) {
            return new Look(
                    state,
                    health,
                    label,
                    imageId,
                    port,
                    text,
                    textChanged,
                    s,
                    reload,
                    wanted,
                    gone,
                    environment,
                    exists);
        }

        Look needsReload() {
            return new Look(
                    state,
                    health,
                    label,
                    imageId,
                    port,
                    text,
                    textChanged,
                    unit,
                    true,
                    wanted,
                    gone,
                    environment,
                    exists);
        }

        Look wanted(String s) {
            return new Look(
                    state, health, label, imageId, port, text, textChanged, unit, reload, s, gone, environment, exists);
        }

        Look gone(Duration d) {
            return new Look(
                    state,
                    health,
                    label,
                    imageId,
                    port,
                    text,
                    textChanged,
                    unit,
                    reload,
                    wanted,
                    d,
                    environment,
                    exists);
        }

        Look environment(Instant i) {
            return new Look(
                    state,
                    health,
                    label,
                    imageId,
                    port,
                    text,
                    textChanged,
                    unit,
                    reload,
                    wanted,
                    gone,
                    nanos(i),
                    exists);
        }

        Look absent() {
            return new Look(
                    state,
                    health,
                    label,
                    imageId,
                    port,
                    text,
                    textChanged,
                    unit,
                    reload,
                    wanted,
                    gone,
                    environment,
                    false);
        }

        ContainerSeen seen() {
            Container container = new Container(
                    "c0ffee",
                    "web",
                    imageId,
                    "localhost/busybox:1",
                    state,
                    health,
                    new TreeSet<>(ports()),
                    Map.of(Quadlets.SPEC_LABEL, label),
                    List.of("podman"),
                    MADE);
            UnitState state = new UnitState(
                    "web.service",
                    unit.equals("missing") ? "not-found" : "loaded",
                    "",
                    unit.equals("missing") ? "inactive" : unit,
                    "",
                    "generated",
                    "/run/systemd/generator/web.service",
                    List.of(),
                    reload,
                    MADE,
                    MADE,
                    false,
                    "success",
                    false);
            return new ContainerSeen(
                    new PodmanVersion(5, 4, 2),
                    exists ? container : null,
                    text == null ? null : new Quadlets.Found(text, textChanged),
                    state,
                    true,
                    wanted,
                    gone,
                    List.of(),
                    environment,
                    false);
        }

        private List<PublishedPort> ports() {
            return port.isEmpty() ? List.of() : Ports.parse(port);
        }
    }

    private static long nanos(Instant i) {
        return i.getEpochSecond() * 1_000_000_000L + i.getNano();
    }

    static Stream<Arguments> table() {
        Look right = Look.RIGHT;
        Duration minute = Duration.ofMinutes(1);
        String edited = TEXT + "#\n";
        return Stream.of(
                row("all is right", right, "", "", false),
                row(
                        "nothing is there",
                        right.absent().quadlet(null, 0).unit("missing"),
                        "quadlet state",
                        "write start",
                        false),
                row(
                        "nothing, nor the image",
                        right.absent().quadlet(null, 0).unit("missing").wanted(null),
                        "image quadlet state",
                        "pull write start",
                        false),
                row("stopped", right.absent().unit("inactive"), "state", "start", false),
                row("failed too often", right.absent().unit("failed"), "state", "start", false),
                row("systemd starts it again", right.absent().unit("activating"), "state", "", true),
                row("it just ended", right.state("exited").unit("active"), "state", "", true),
                row("it just starts", right.state("initialized").unit("active"), "state", "", true),
                row("the unit lost it", right.absent().gone(minute), "state", "restart", false),
                row("paused", right.state("paused"), "state", "unpause", false),
                row("quadlet deleted", right.quadlet(null, 0), "quadlet", "write", false),
                row("quadlet edited", right.quadlet(edited, nanos(MADE) + 1), "quadlet", "write", false),
                row(
                        "made from an edited quadlet",
                        right.quadlet(edited, nanos(MADE) - 1),
                        "quadlet container",
                        "write restart",
                        false),
                row("quadlet not read yet", right.needsReload(), "unit", "reload", false),
                row("image moved", right.wanted("two"), "image", "restart", false),
                row("image name gone", right.wanted(null), "image", "pull", false),
                row("older declaration", right.label("old"), "declaration", "restart", false),
                row(
                        "older declaration, restarting",
                        right.label("old").state("exited").unit("activating"),
                        "declaration state",
                        "restart",
                        false),
                row("other ports", right.port("8081:80"), "ports", "restart", false),
                row("unhealthy", right.health("unhealthy"), "health", "revive", false),
                row("not yet healthy", right.health("starting"), "health", "", true),
                row("secret changed", right.environment(MADE.plusSeconds(1)), "environmentFiles", "restart", false),
                row(
                        "secret perhaps changed",
                        right.environment(MADE.minusMillis(50)),
                        "environmentFiles",
                        "restart",
                        false),
                row("secret older", right.environment(MADE.minusSeconds(1)), "", "", false),
                row("runs without its unit", right.unit("inactive"), "unit", "restart", false));
    }

    private static Arguments row(String what, Look look, String differences, String verbs, boolean converging) {
        return Arguments.of(what, look.seen(), differences, verbs, converging);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("table")
    void what_is_seen_decides_what_is_done(
            String what, ContainerSeen seen, String differences, String verbs, boolean converging) {
        Assessment assessment = new ContainerComparison(WEB.id(), WEB.spec(), seen).assess();
        assertThat(String.join(
                        " ",
                        assessment.differences().stream().map(Difference::path).toList()))
                .isEqualTo(differences);
        assertThat(String.join(
                        " ", assessment.actions().stream().map(Action::verb).toList()))
                .isEqualTo(verbs);
        assertThat(assessment.converging()).isEqualTo(converging);
    }

    static Stream<Arguments> retired() {
        Look right = Look.RIGHT;
        return Stream.of(
                Arguments.of("it runs", right.seen(), "stop remove"),
                Arguments.of(
                        "only its file is left", right.absent().unit("inactive").seen(), "remove"),
                Arguments.of(
                        "nothing is left",
                        right.absent().quadlet(null, 0).unit("missing").seen(),
                        ""),
                Arguments.of(
                        "somebody else's file",
                        right.absent()
                                .quadlet("[Container]\nImage=x\n", 0)
                                .unit("inactive")
                                .seen(),
                        ""));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("retired")
    void what_left_the_declaration_goes_if_it_is_ours(String what, ContainerSeen seen, String verbs) {
        Assessment assessment = new ContainerComparison(WEB.id(), WEB.spec().retire(), seen).assess();
        assertThat(String.join(
                        " ", assessment.actions().stream().map(Action::verb).toList()))
                .isEqualTo(verbs);
    }
}
