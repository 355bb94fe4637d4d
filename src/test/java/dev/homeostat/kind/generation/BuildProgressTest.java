package dev.homeostat.kind.generation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.homeostat.host.nix.NixProgress;
import dev.homeostat.host.nix.NixProgress.Building;
import dev.homeostat.host.nix.NixProgress.Count;
import dev.homeostat.host.nix.NixProgress.Fetching;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What people read of what Nix tells. */
class BuildProgressTest {
    private static final List<Fetching> FETCHING = List.of(new Fetching("glibc-2.40", "https://a.cache", 1, 2));

    private static String text(Count builds, Count fetches, List<Building> building, List<Fetching> fetching) {
        return Deployment.advance(new NixProgress(builds, fetches, 0, 0, building, fetching, "evaluating"))
                .toString();
    }

    @Test
    void what_is_built_is_named_before_what_is_fetched() {
        Count some = new Count(3, 12, 1, 0);
        assertThat(text(some, some, List.of(new Building("hello-2.12", "buildPhase", "cc")), FETCHING))
                .isEqualTo("3 of 12 built, 3 of 12 fetched; hello-2.12 (buildPhase)");
        assertThat(text(some, some, List.of(new Building("hello-2.12", "", "")), List.of()))
                .endsWith("; hello-2.12");
        assertThat(text(Count.NONE, some, List.of(), FETCHING)).isEqualTo("3 of 12 fetched; glibc-2.40");
        assertThat(text(Count.NONE, Count.NONE, List.of(), List.of())).isEqualTo("evaluating");
    }
}
