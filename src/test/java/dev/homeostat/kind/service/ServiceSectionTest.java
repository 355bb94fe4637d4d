package dev.homeostat.kind.service;

import static org.assertj.core.api.Assertions.assertThat;

import dev.homeostat.host.Locations;
import dev.homeostat.host.posix.NameService;
import dev.homeostat.resource.Desired;
import dev.homeostat.resource.Json;
import dev.homeostat.resource.Place;
import dev.homeostat.resource.ResourceId;
import dev.homeostat.resource.Scope;
import dev.homeostat.resource.Section;
import dev.homeostat.resource.SystemOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ServiceSectionTest {
    private final ServiceSection section =
            new ServiceSection(new UnitPlaces(Locations.system(Map.of()), new NameService()));
    private final List<String> problems = new ArrayList<>();
    private final List<Desired<?>> found = new ArrayList<>();

    @Test
    void a_bare_name_is_a_service() {
        assertThat(read("cron", "{\"state\": \"running\"}").name()).isEqualTo("cron.service");
        assertThat(found.getFirst().id()).isEqualTo(ResourceId.of("service", "cron.service"));
    }

    @Test
    void values_become_text_and_environment_is_quoted() {
        ServiceSpec spec = read("hello.service", """
                {"unit": {"Unit": {"Description": "Hello"},
                          "Service": {"ExecStart": ["/usr/bin/sleep 1"], "Restart": "always", "RestartSec": 1.5,
                                      "PrivateTmp": true, "Environment": {"A": "50% b"}}}}""");
        assertThat(spec.unit().get("Service"))
                .containsEntry("PrivateTmp", List.of("true"))
                .containsEntry("RestartSec", List.of("1.5"))
                .containsEntry("Environment", List.of("\"A=50%% b\""));
    }

    @Test
    void what_is_stored_and_read_back_makes_the_same_file() {
        ServiceSpec spec = read("hello.service", """
                {"unit": {"Service": {"ExecStart": "/usr/bin/sleep 1", "Before": "x"}, "Install": {"WantedBy": "a.target"}, "Unit": {"Description": "b"}}}""");
        ServiceSpec back = Json.read(Json.write(spec), ServiceSpec.class);
        assertThat(back).isEqualTo(spec);
        assertThat(List.copyOf(back.unit().keySet()))
                .isEqualTo(List.copyOf(spec.unit().keySet()))
                .containsExactly("Unit", "Service", "Install");
    }

    @Test
    void what_has_to_be_there_first_is_required() {
        read(
                "hello.timer",
                "{\"restartOn\": [\"/etc/a\"], \"state\": \"running\", \"unit\": {\"Unit\": {\"After\": \"b.service c.service\"},"
                        + " \"Timer\": {\"OnCalendar\": \"daily\"}}}");
        assertThat(found.getFirst().requires())
                .contains(
                        ResourceId.parse("file//etc/a"),
                        ResourceId.parse("service/b.service"),
                        ResourceId.parse("service/c.service"),
                        ResourceId.parse("service/hello.service"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "../x.service",
                "a/b.service",
                "a b",
                "x.scope",
                "@x.service",
                "a\nb",
                "--help",
                ".service",
                "x.unknown",
                "ü"
            })
    void a_name_that_is_none_is_refused(String name) {
        read(name, "{\"state\": \"running\"}");
        assertThat(problems).singleElement().asString().contains("is not the name of a unit");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "x          | {}                                                                                      | says nothing",
                "x          | {\"state\":\"running\",\"startup\":\"masked\"}                                          | masked units cannot run",
                "x          | {\"restartOn\":[\"/a\"]}                                                                | only a unit with state: running",
                "x          | {\"state\":\"running\",\"restartOn\":[\"/a/../b\"]}                                     | not a plain absolute path",
                "x@.service | {\"state\":\"running\"}                                                                 | x@name.service",
                "x          | {\"startup\":\"masked\",\"unit\":{\"Service\":{\"ExecStart\":\"/a\"}}}                  | cannot be masked",
                "x          | {\"startup\":\"enabled\",\"unit\":{\"Service\":{\"ExecStart\":\"/a\"}}}                 | WantedBy: multi-user.target",
                "x          | {\"state\":\"running\",\"unit\":{\"Service\":{\"Type\":\"oneshot\",\"ExecStart\":\"/a\"}}} | RemainAfterExit",
                "x          | {\"unit\":{\"Service\":{\"ExecStart\":\"/a\\nUser=root\"}}}                             | line break",
                "x          | {\"unit\":{\"Service\":{\"ExecStart\":\"/a \\\\\"}}}                                    | backslash",
                "x          | {\"unit\":{\"Service]\":{\"ExecStart\":\"/a\"}}}                                        | not the name of a section",
                "x          | {\"unit\":{\"Service\":{\"Exec=Start\":\"/a\"}}}                                        | not the name of a setting",
                "x          | {\"unit\":{\"Service\":{\"ExecStart\":{\"a\":\"b\"}}}}                                  | for Environment only",
                "x          | {\"unit\":{\"Service\":{\"ExecStart\":null}}}                                           | has no value",
                "x          | {\"dropIns\":{\"../a\":{\"Service\":{\"Nice\":1}}}}                                     | not a name for a drop-in",
                "x          | {\"dropIns\":{\"a\":{}}}                                                                | is empty"
            })
    void what_cannot_work_is_told(String name, String entry, String expected) {
        read(name, entry);
        assertThat(problems).anySatisfy(p -> assertThat(p).contains(expected));
        assertThat(found).isEmpty();
    }

    private ServiceSpec read(String name, String json) {
        ServiceEntry value = Json.read(json, ServiceEntry.class);
        section.read(
                new Section.Entry<>(Scope.OWN, name, value, Place.NOWHERE, field -> Place.NOWHERE),
                new Section.Resources() {
                    @Override
                    public void ask(SystemOptions options) {
                        throw new AssertionError("nothing is asked of the system here");
                    }

                    @Override
                    public void add(Desired<?> desired) {
                        found.add(desired);
                    }

                    @Override
                    public void problem(Section.Entry<?> entry, String field, String message) {
                        problems.add(field + ": " + message);
                    }

                    @Override
                    public void names(Section.Entry<?> of, String field, ResourceId id) {
                        // whether it is declared, the whole declaration says
                    }
                });
        return found.isEmpty() ? null : (ServiceSpec) found.getFirst().spec();
    }
}
