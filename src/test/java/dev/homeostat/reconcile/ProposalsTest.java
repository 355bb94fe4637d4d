package dev.homeostat.reconcile;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import dev.homeostat.declaration.Declaration;
import dev.homeostat.declaration.DeclarationFiles;
import dev.homeostat.declaration.DeclarationReader;
import dev.homeostat.declaration.GeneratedSchema;
import dev.homeostat.declaration.InvalidDeclaration;
import dev.homeostat.host.Locations;
import dev.homeostat.host.posix.FileFacts;
import dev.homeostat.host.posix.KeptFiles;
import dev.homeostat.host.posix.PosixFiles;
import dev.homeostat.host.posix.SafeFiles;
import dev.homeostat.resource.Section;
import dev.homeostat.resource.Trouble;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProposalsTest {
    private static final Actor AGENT = new Actor(1000, 7, "alice", Optional.of(new Via("mcp", "propose", "an-agent")));
    private static final String BEFORE = "version: 1\n";
    private static final String AFTER = "version: 1\npolicy: {resync: 1h}\n";
    private static final String SECRET = "hunter2-hunter2";

    @TempDir
    Path folder;

    private Locations locations;
    private Path file;
    private Proposals proposals;
    private final AtomicReference<Instant> now = new AtomicReference<>(Instant.parse("2026-11-23T12:00:00Z"));

    /** For tests of the loop, too. */
    static Proposals proposals(Locations locations, InstantSource clock) {
        SafeFiles files = new PosixFiles();
        return new Proposals(new DeclarationFiles(locations), files, new KeptFiles(locations, files), locations, clock);
    }

    @BeforeEach
    void aDeclaration() throws IOException {
        Path config = Files.createDirectories(folder.resolve("config"));
        Files.setPosixFilePermissions(config, PosixFilePermissions.fromString("rwxr-xr-x"));
        locations = new Locations(true, config, Files.createDirectories(folder.resolve("state")), folder.resolve("s"));
        file = locations.declaration();
        write(file, BEFORE);
        proposals = again();
    }

    private static void write(Path path, String text) throws IOException {
        Files.writeString(path, text);
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-r--r--"));
    }

    /** As after a restart. */
    private Proposals again() {
        return proposals(locations, now::get);
    }

    private Declaration read(SequencedMap<String, byte[]> contents) throws InvalidDeclaration {
        List<Section<?>> sections = List.of();
        return new DeclarationReader(
                        sections, List.of(), List.of(), locations, () -> GeneratedSchema.of(sections, List.of()))
                .read(contents);
    }

    private static Plan plan(Declaration declaration) {
        return new Plan("0", declaration.revision(), List.of(), List.of());
    }

    private Proposal.Shown propose(String name, String content, String why) throws Refusal {
        return proposals.propose(name, content, why, false, AGENT, this::read, ProposalsTest::plan);
    }

    private String proposed(String content) throws Refusal {
        return propose("machine.yaml", content, "a test").proposal().hash();
    }

    private Proposal place(String hash) throws Refusal {
        return proposals.place(hash, this::read);
    }

    private interface Asked {
        void ask() throws Refusal;
    }

    private static void refused(Refusal.Sort sort, String word, Asked asked) {
        assertThatThrownBy(asked::ask)
                .asInstanceOf(type(Refusal.class))
                .satisfies(r -> assertThat(r.sort()).isEqualTo(sort))
                .satisfies(r -> assertThat(r.getMessage()).contains(word));
    }

    /** A model may well suggest what is there. */
    @Test
    void an_edit_with_which_nothing_would_change_is_not_kept_for_those_who_want_a_change() throws Exception {
        write(file, AFTER);
        String same = "version: 1\n# in other words\npolicy:\n  resync: 1h\n";
        for (String name : List.of("machine.yaml", "80-resync.yaml")) {
            refused(
                    Refusal.Sort.CONFLICT,
                    "nothing would change: all of that is declared already",
                    () -> proposals.propose(name, same, "a test", true, AGENT, this::read, ProposalsTest::plan));
        }
        assertThat(proposals.list()).isEmpty();
        String other = same.replace("1h", "2h");
        assertThat(proposals
                        .propose("machine.yaml", other, "a test", true, AGENT, this::read, ProposalsTest::plan)
                        .diff())
                .contains("+  resync: 2h");
        assertThat(propose("machine.yaml", same, "only other words").diff()).contains("# in other words");
        write(file, "version: 1\npolicy: {resync: never}\n");
        assertThat(proposals
                        .propose("machine.yaml", same, "it is mended", true, AGENT, this::read, ProposalsTest::plan)
                        .proposal()
                        .added())
                .isPositive();
    }

    @Test
    void an_edit_is_shown_with_its_diff_and_put_in_place_only_when_it_is_wanted() throws Exception {
        Proposal.Shown shown = propose("machine.yaml", AFTER, "resync every hour");
        assertThat(shown.diff()).contains("+policy: {resync: 1h}").doesNotContain("-version");
        assertThat(shown.proposal().added()).isEqualTo(1);
        assertThat(shown.proposal().by()).isEqualTo("alice (uid 1000, pid 7) via mcp (an-agent)");
        assertThat(file).hasContent(BEFORE);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));

        place(shown.proposal().hash());
        assertThat(file).hasContent(AFTER);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-r-----");
        assertThat(proposals.list()).isEmpty();
        try (var kept = Files.walk(locations.state().resolve("kept"))) {
            assertThat(kept.filter(Files::isRegularFile))
                    .singleElement()
                    .satisfies(p -> assertThat(p).hasContent(BEFORE));
        }
    }

    @Test
    void a_new_file_of_the_folder_is_made_with_its_folder() throws Exception {
        String hash = propose("machine.d/desk.yaml", "policy: {resync: 1h}\n", "a test")
                .proposal()
                .hash();
        place(hash);
        assertThat(locations.declarationFolder().resolve("desk.yaml")).hasContent("policy: {resync: 1h}\n");
    }

    @Test
    void it_survives_a_restart_closed_to_others_and_not_its_age() throws Exception {
        String hash = proposed(AFTER);
        Path kept = locations.state().resolve("proposals").resolve(hash + ".json");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(kept)))
                .isEqualTo("rw-------");
        proposals = again();
        assertThat(proposals.list()).extracting(Proposal::hash).containsExactly(hash);
        assertThat(proposals.show(hash, this::read, ProposalsTest::plan).diff()).contains("+policy");
        now.set(now.get().plus(Proposals.AGE_LIMIT).plusSeconds(1));
        assertThat(proposals.list()).isEmpty();
        assertThat(kept).doesNotExist();
    }

    @Test
    void the_same_edit_twice_is_one_and_more_than_a_person_reads_are_refused() throws Exception {
        assertThat(proposed(AFTER)).isEqualTo(proposed(AFTER));
        for (int i = 1; i < Proposals.WAITING_LIMIT; i++) {
            proposed(AFTER + "#".repeat(i) + "\n");
        }
        refused(Refusal.Sort.CONFLICT, "wait already", () -> proposed(AFTER + "# one too many\n"));
        assertThat(proposals.list()).hasSize(Proposals.WAITING_LIMIT);
        proposals.drop(proposals.list().getFirst().hash());
        proposed(AFTER + "# one too many\n");
    }

    @Test
    void it_is_refused_when_the_file_is_another_by_then_and_the_edit_stays() throws Exception {
        String hash = proposed(AFTER);
        write(file, "version: 1\n# mine\n");
        refused(Refusal.Sort.MOVED, "made for another state", () -> place(hash));
        assertThat(file).hasContent("version: 1\n# mine\n");
        Files.delete(file);
        refused(Refusal.Sort.MOVED, "made for another state", () -> place(hash));
    }

    @Test
    void it_is_refused_when_another_file_has_made_it_invalid_meanwhile() throws Exception {
        String hash = proposed(AFTER);
        Path other = Files.createDirectories(locations.declarationFolder()).resolve("a.yaml");
        Files.setPosixFilePermissions(other.getParent(), PosixFilePermissions.fromString("rwxr-xr-x"));
        write(other, "policy: {resync: 2h}\n");
        refused(Refusal.Sort.INVALID, "no valid declaration", () -> place(hash));
        assertThat(file).hasContent(BEFORE);
    }

    @Test
    void an_edit_made_in_the_moment_of_the_writing_is_never_lost() throws Exception {
        String mine = "version: 1\n# in the last moment\n";
        SafeFiles real = new PosixFiles();
        SafeFiles late = new Meddled(real, () -> write(file, mine));
        String hash = proposed(AFTER);
        Proposals raced = new Proposals(
                new DeclarationFiles(locations), late, new KeptFiles(locations, real), locations, now::get);
        refused(Refusal.Sort.CONFLICT, "at this very moment", () -> raced.place(hash, this::read));
        assertThat(file).hasContent(mine);
        try (var left = Files.list(file.getParent())) {
            assertThat(left).containsExactly(file);
        }
    }

    @Test
    void a_daemon_that_was_killed_after_the_writing_finds_it_done() throws Exception {
        String hash = proposed(AFTER);
        write(file, AFTER);
        proposals = again();
        assertThat(place(hash).hash()).isEqualTo(hash);
        assertThat(file).hasContent(AFTER);
        assertThat(again().list()).isEmpty();
    }

    @Test
    void what_cannot_be_kept_is_neither_listed_nor_half_there() throws Exception {
        SafeFiles real = new PosixFiles();
        SafeFiles full = new Meddled(real, () -> {}) {
            @Override
            public void write(Path path, byte[] content, int mode, int uid, int gid) throws Trouble {
                throw Trouble.passing("No space left on device");
            }
        };
        proposals = new Proposals(
                new DeclarationFiles(locations), full, new KeptFiles(locations, full), locations, now::get);
        refused(Refusal.Sort.CONFLICT, "No space left", () -> proposed(AFTER));
        assertThat(proposals.list()).isEmpty();
        // nor is the declaration written when what it said cannot be kept
        String hash;
        {
            Proposals other = again();
            hash = other.propose("machine.yaml", AFTER, "a test", false, AGENT, this::read, ProposalsTest::plan)
                    .proposal()
                    .hash();
        }
        proposals = new Proposals(
                new DeclarationFiles(locations), full, new KeptFiles(locations, full), locations, now::get);
        refused(Refusal.Sort.CONFLICT, "No space left", () -> place(hash));
        assertThat(file).hasContent(BEFORE);
        assertThat(proposals.has(hash)).isTrue();
    }

    @Test
    void a_link_is_its_owners_to_edit() throws Exception {
        Path checkout = Files.createDirectories(folder.resolve("checkout")).resolve("machine.yaml");
        Files.move(file, checkout);
        Files.createSymbolicLink(file, checkout);
        Proposal proposal = propose("machine.yaml", AFTER, "a test").proposal();
        assertThat(proposal.obstacle()).hasValueSatisfying(o -> assertThat(o).contains("is a link to " + checkout));
        refused(Refusal.Sort.CONFLICT, "its owner's to make", () -> place(proposal.hash()));
        assertThat(checkout).hasContent(BEFORE);
        assertThat(file).isSymbolicLink();
    }

    @Test
    void what_is_wrong_is_told_without_what_was_proposed() throws Exception {
        assertThatThrownBy(() -> proposed("version: 1\n" + SECRET + ": 1\n"))
                .asInstanceOf(type(Refusal.class))
                .satisfies(r -> assertThat(r.sort()).isEqualTo(Refusal.Sort.INVALID))
                .satisfies(r -> assertThat(r.getMessage()).doesNotContain(SECRET))
                .satisfies(r -> assertThat(r.problems()).isNotEmpty());
        assertThat(proposals.list()).isEmpty();
    }

    @Test
    void hostile_text_is_refused() throws Exception {
        StringBuilder laughs = new StringBuilder("version: 1\na0: &a0 lol\n");
        for (int i = 1; i < 20; i++) {
            laughs.append("a").append(i).append(": &a").append(i).append(" [");
            laughs.append(("*a" + (i - 1) + ",").repeat(9))
                    .append("*a")
                    .append(i - 1)
                    .append("]\n");
        }
        refused(Refusal.Sort.INVALID, "no valid declaration", () -> proposed(laughs.toString()));
        refused(Refusal.Sort.CONFLICT, "at most 256 KiB", () -> proposed("version: 1\n#" + "x".repeat(10_000_000)));
        refused(Refusal.Sort.CONFLICT, "U+001B", () -> proposed("version: 1\n# \u001b[2K\n"));
        refused(Refusal.Sort.CONFLICT, "U+202E", () -> proposed("version: 1\n# \u202e\n"));
        refused(Refusal.Sort.CONFLICT, "U+000D", () -> proposed("version: 1\n# evil\r# good\n"));
        refused(Refusal.Sort.CONFLICT, "line 2", () -> proposed("version: 1\n# \ud800\n"));
        refused(Refusal.Sort.CONFLICT, "U+001B", () -> propose("machine.yaml", AFTER, "\u001b[8m"));
        refused(Refusal.Sort.CONFLICT, "one line", () -> propose("machine.yaml", AFTER, "a\nb"));
        refused(Refusal.Sort.CONFLICT, "one line", () -> propose("machine.yaml", AFTER, "x".repeat(501)));
        refused(Refusal.Sort.CONFLICT, "says that already", () -> proposed(BEFORE));
        for (String name :
                List.of("../machine.yaml", "/etc/passwd", "a/b.yaml", ".a.yaml", "a.yml", "", "machine.d/../x.yaml")) {
            refused(Refusal.Sort.CONFLICT, "a proposal is for", () -> propose(name, AFTER, "a test"));
        }
        assertThat(proposals.list()).isEmpty();
    }

    @Test
    void what_was_changed_in_the_state_folder_is_not_believed() throws Exception {
        String hash = proposed(AFTER);
        Path kept = locations.state().resolve("proposals").resolve(hash + ".json");
        Files.writeString(kept, Files.readString(kept).replace("1h", "9h"));
        Files.write(kept.resolveSibling("ffffffffffff.json"), "{\"half".getBytes(UTF_8));
        assertThat(again().list()).isEmpty();
    }

    /** Files, with something done just before one is replaced. */
    private static class Meddled implements SafeFiles {
        private interface Deed {
            void act() throws IOException;
        }

        private final SafeFiles files;
        private final Deed before;

        Meddled(SafeFiles files, Deed before) {
            this.files = files;
            this.before = before;
        }

        @Override
        public boolean replaceIf(
                Path path, byte[] expected, byte[] content, int mode, int uid, int gid, Consumer<byte[]> displaced)
                throws Trouble {
            try {
                before.act();
            } catch (IOException e) {
                throw new AssertionError(e);
            }
            return files.replaceIf(path, expected, content, mode, uid, gid, displaced);
        }

        @Override
        public Optional<FileFacts> look(Path path) throws Trouble {
            return files.look(path);
        }

        @Override
        public byte[] read(Path path, long limitBytes) throws Trouble {
            return files.read(path, limitBytes);
        }

        @Override
        public List<String> list(Path folder) throws Trouble {
            return files.list(folder);
        }

        @Override
        public void write(Path path, byte[] content, int mode, int uid, int gid, Displaced displaced) throws Trouble {
            files.write(path, content, mode, uid, gid, displaced);
        }

        @Override
        public void makeFolder(Path path, int mode, int uid, int gid) throws Trouble {
            files.makeFolder(path, mode, uid, gid);
        }

        @Override
        public void makeLink(Path path, String target, int uid, int gid, Displaced displaced) throws Trouble {
            files.makeLink(path, target, uid, gid, displaced);
        }

        @Override
        public void attributes(Path path, int mode, int uid, int gid) throws Trouble {
            files.attributes(path, mode, uid, gid);
        }

        @Override
        public void remove(Path path, Displaced displaced) throws Trouble {
            files.remove(path, displaced);
        }
    }
}
