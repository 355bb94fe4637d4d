package dev.homeostat.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.homeostat.resource.Desired;
import dev.homeostat.resource.Place;
import dev.homeostat.resource.ResourceId;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class KindsTest {
    private static Desired<?> desired(ResourceId id) {
        return new Desired<>(id, new Parts.PartSpec("on", false), Set.of(), Place.NOWHERE);
    }

    @Test
    void what_no_kind_keeps_is_unsupported_and_spoils_nothing_else() {
        Kinds kinds = new Kinds(List.of(new Parts()), new Ownership());
        ResourceId other = ResourceId.of("other", "x");
        var looks = kinds.look(List.of(desired(Parts.id("a")), desired(other)));
        assertThat(looks.get(Parts.id("a")).assessment().inSync()).isFalse();
        assertThat(looks.get(other).unsupported()).isEqualTo("this Homeostat has no kind \"other\"");
        assertThat(kinds.look(desired(other)).unsupported()).isEqualTo("this Homeostat has no kind \"other\"");
        assertThat(kinds.look(List.of(desired(other)))).hasSize(1);
    }
}
