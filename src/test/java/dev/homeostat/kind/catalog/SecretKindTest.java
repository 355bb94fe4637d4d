package dev.homeostat.kind.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.homeostat.host.Locations;
import dev.homeostat.host.posix.FolderWatch;
import dev.homeostat.host.posix.NameService;
import dev.homeostat.host.posix.PosixFiles;
import dev.homeostat.resource.Action;
import dev.homeostat.resource.Assessment;
import dev.homeostat.resource.Desired;
import dev.homeostat.resource.Impact;
import dev.homeostat.resource.Json;
import dev.homeostat.resource.Place;
import dev.homeostat.resource.ResourceId;
import dev.homeostat.resource.Sighting;
import dev.homeostat.resource.Trouble;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SecretKindTest {
    private static final ResourceId ID = ResourceId.of(SecretKind.NAME, "db-password");

    @TempDir
    Path temporary;

    private Path file;
    private SecretKind kind;
    private Desired<SecretSpec> desired;

    /** Nobody changes anything behind the test's back. */
    private static final class NoWatch implements FolderWatch {
        @Override
        public AutoCloseable watch(Set<Path> paths, Consumer<Path> changed, Runnable overflow) {
            return () -> {};
        }

        @Override
        public AutoCloseable watchFolder(Path folder, Runnable changed) {
            return () -> {};
        }
    }

    @BeforeEach
    void make() throws Exception {
        Path state = temporary.toRealPath().resolve("state");
        Locations locations = new Locations(true, state, state, state.resolve("socket"));
        file = SecretPlaces.folder(locations).resolve("db-password.env");
        kind = new SecretKind(new PosixFiles(), new NameService(), new NoWatch(), locations);
        desired = new Desired<>(ID, new SecretSpec(file, "PASSWORD", false), Set.of(), Place.NOWHERE);
    }

    private SecretSeen seen() {
        return ((Sighting.Seen<SecretSeen>) kind.observe(List.of(desired)).get(ID)).observation();
    }

    private Assessment assess() {
        return kind.assess(desired, seen());
    }

    private List<Action> perform() throws Trouble {
        List<Action> actions = assess().actions();
        for (Action action : actions) {
            kind.perform(desired, action);
        }
        return actions;
    }

    @Test
    void it_is_made_once_for_its_owner_alone_and_stays() throws Exception {
        assertThat(perform()).singleElement().satisfies(action -> {
            assertThat(action.verb()).isEqualTo("generate");
            assertThat(action.impact()).isEqualTo(Impact.NONE);
        });
        String made = Files.readString(file);
        assertThat(made).matches("PASSWORD=[A-Za-z0-9_-]{43}\n");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file.getParent())))
                .isEqualTo("rwx------");
        assertThat(assess().inSync()).isTrue();
        assertThat(perform()).isEmpty();
        assertThat(Files.readString(file)).isEqualTo(made);
    }

    @Test
    void no_two_are_the_same() throws Exception {
        Set<String> all = new HashSet<>();
        for (int i = 0; i < 50; i++) {
            Desired<SecretSpec> each = new Desired<>(
                    ResourceId.of(SecretKind.NAME, "s" + i),
                    new SecretSpec(file.resolveSibling("s" + i + ".env"), "PASSWORD", false),
                    Set.of(),
                    Place.NOWHERE);
            SecretSeen before =
                    ((Sighting.Seen<SecretSeen>) kind.observe(List.of(each)).get(each.id())).observation();
            kind.perform(each, kind.assess(each, before).actions().getFirst());
            all.add(Files.readString(each.spec().file()));
        }
        assertThat(all).hasSize(50);
    }

    @Test
    void one_that_got_lost_is_not_made_anew_unasked() throws Exception {
        perform();
        Files.delete(file);
        Files.delete(file.getParent()); // the whole folder: what tells that it was made is not in there
        assertThat(assess().actions()).singleElement().satisfies(action -> {
            assertThat(action.impact()).isEqualTo(Impact.DESTRUCTIVE);
            assertThat(action.summary()).contains("what was locked with that one stays locked");
        });
    }

    @Test
    void one_that_is_damaged_is_not_made_anew_unasked() throws Exception {
        for (String content : List.of("", "PASSWORD=", "PASSWORD=\n", "OTHER=abc\n", "abc")) {
            Files.createDirectories(file.getParent());
            Files.writeString(file, content);
            assertThat(assess().actions())
                    .as("content of %d characters", content.length())
                    .singleElement()
                    .satisfies(action -> assertThat(action.impact()).isEqualTo(Impact.DESTRUCTIVE));
        }
    }

    @Test
    void one_that_was_put_there_is_taken_and_protected() throws Exception {
        Files.createDirectories(file.getParent());
        Files.writeString(file, "PASSWORD=from-a-backup\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
        assertThat(perform()).extracting(Action::verb).containsExactly("protect");
        assertThat(perform()).extracting(Action::verb).containsExactly("record");
        assertThat(assess().inSync()).isTrue();
        assertThat(Files.readString(file)).isEqualTo("PASSWORD=from-a-backup\n");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
    }

    @Test
    void a_death_between_the_secret_and_its_record_costs_nothing() throws Exception {
        perform();
        String made = Files.readString(file);
        Files.delete(file.getParent().resolveSibling("secrets-made").resolve("db-password"));
        assertThat(perform()).extracting(Action::verb).containsExactly("record");
        assertThat(Files.readString(file)).isEqualTo(made);
    }

    @Test
    void nothing_that_is_told_has_it() throws Exception {
        perform();
        String value = Files.readString(file).strip().substring("PASSWORD=".length());
        assertThat(Json.write(seen())).doesNotContain(value);
        assertThat(Json.write(desired.spec())).doesNotContain(value);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
        assertThat(Json.write(assess())).doesNotContain(value);
    }

    @Test
    void a_folder_in_its_place_is_somebodys() throws Exception {
        Files.createDirectories(file);
        Action action = assess().actions().getFirst();
        assertThat(catchThrowableOfType(Trouble.class, () -> kind.perform(desired, action)))
                .hasMessage("there is something else than a file at " + file);
    }

    @Test
    void it_stays_when_nobody_declares_it_any_more() throws Exception {
        assertThat(kind.whenUndeclared(desired, seen(), false)).isEmpty();
        assertThat(kind.whenUndeclared(desired, seen(), true)).isEmpty();
        assertThat(kind.assess(
                                new Desired<>(ID, new SecretSpec(file, "PASSWORD", true), Set.of(), Place.NOWHERE),
                                seen())
                        .inSync())
                .isTrue();
    }
}
