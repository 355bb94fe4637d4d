package dev.homeostat.resource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is written as text is read back as what it was. */
class TextFormsTest {
    @Property(tries = 500)
    void an_id_is_read_back_as_it_was(@ForAll @StringLength(min = 1, max = 40) String name, @ForAll boolean users) {
        Scope scope = users ? Scope.of("app") : Scope.OWN;
        if (name.chars().anyMatch(Character::isISOControl)) {
            assertThatThrownBy(() -> new ResourceId("file", scope, name)).isInstanceOf(IllegalArgumentException.class);
            return;
        }
        ResourceId id = new ResourceId("file", scope, name);
        assertThat(ResourceId.parse(id.toString())).isEqualTo(id);
    }

    @Property
    void a_duration_is_read_back_to_the_millisecond(@ForAll @LongRange(min = 0, max = 10_000_000_000L) long millis) {
        Duration d = Duration.ofMillis(millis);
        assertThat(Durations.parse(Durations.format(d))).isEqualTo(d);
        assertThat(Durations.format(d)).matches(Durations.PATTERN);
    }

    @Property
    void a_size_is_read_back_to_the_byte(@ForAll @LongRange(min = 0, max = 1L << 48) long bytes) {
        DataSize size = new DataSize(bytes);
        assertThat(DataSize.parse(size.toString())).isEqualTo(size);
        assertThat(size.toString()).matches(DataSize.PATTERN);
    }

    @ParameterizedTest
    @ValueSource(strings = {"service/getty@tty1.service", "service/@getty@tty1.service"})
    void a_template_instance_of_the_system_is_told_from_a_users_unit(String text) {
        ResourceId id = ResourceId.parse(text);
        assertThat(id.toString()).isEqualTo(text);
        assertThat(id.scope().isOwn()).isEqualTo(text.startsWith("service/@"));
    }

    @Test
    void what_is_no_id_is_refused_with_an_example() {
        assertThatThrownBy(() -> ResourceId.parse("cron"))
                .hasMessage(
                        "\"cron\" is not a resource id: expected kind/name or kind/user@name, such as service/cron.service");
    }
}
