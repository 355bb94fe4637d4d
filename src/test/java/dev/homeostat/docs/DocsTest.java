package dev.homeostat.docs;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.homeostat.ai.Stacks;
import dev.homeostat.cli.ExitCode;
import dev.homeostat.declaration.DeclarationReader;
import dev.homeostat.declaration.InvalidDeclaration;
import dev.homeostat.host.Locations;
import dev.homeostat.host.posix.Account;
import dev.homeostat.host.posix.Accounts;
import dev.homeostat.kind.Tooling;
import dev.homeostat.kind.catalog.Catalog;
import dev.homeostat.kind.catalog.CatalogClash;
import dev.homeostat.kind.catalog.CatalogSection;
import dev.homeostat.kind.container.ContainerSection;
import dev.homeostat.kind.container.UnitClash;
import dev.homeostat.kind.file.FileSection;
import dev.homeostat.kind.generation.GenerationTopic;
import dev.homeostat.kind.network.NetworkSection;
import dev.homeostat.kind.port.PortClash;
import dev.homeostat.kind.service.ServiceSection;
import dev.homeostat.kind.service.UnitFileCheck;
import dev.homeostat.kind.service.UnitPlaces;
import dev.homeostat.kind.volume.VolumeSection;
import dev.homeostat.resource.Section;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the documentation says is held against the program, where that costs little. */
class DocsTest {
    private static final Path DOCS = Path.of("docs");
    private static final Path REFERENCE = DOCS.resolve("reference");
    private static final Path SOURCES = Path.of("src/main/java/dev/homeostat");
    private static final Path STARTER = Path.of("templates/machine.yaml");

    private static final Pattern HIDDEN = Pattern.compile("@Command\\([^)]*hidden = true");
    private static final Pattern COMMAND = Pattern.compile("@Command\\(\\s*name = \"([a-z]+)\"");
    private static final Pattern OPTION = Pattern.compile("\"(--[a-z][a-z-]*)\"");
    private static final Pattern METER = Pattern.compile("\"homeostat\\.([a-z.]+)\"");
    private static final Pattern ENDPOINT = Pattern.compile("@Path\\(\"([^\"]+)\"\\)");
    private static final Pattern ERROR =
            Pattern.compile("^\\s+[A-Z_]+\\(\"([a-z-]+)\", \"[^\"]+\", \\d{3}\\)", Pattern.MULTILINE);
    private static final Pattern YAML = Pattern.compile("^```yaml\\n(.*?)^```", Pattern.MULTILINE | Pattern.DOTALL);
    private static final Pattern CODE = Pattern.compile("^```.*?^```", Pattern.MULTILINE | Pattern.DOTALL);
    private static final Pattern LINK = Pattern.compile("\\]\\(([^)\\s]+)\\)");
    private static final Pattern HEADING = Pattern.compile("^#+ (.+)$", Pattern.MULTILINE);
    /** In the starter prose is "# Text", an example is what follows the # otherwise. */
    private static final Pattern EXAMPLE = Pattern.compile("^#(?! \\S)", Pattern.MULTILINE);

    private final DeclarationReader reader = reader();

    @Test
    void every_key_of_the_declaration_is_explained() throws IOException {
        Set<String> keys = new TreeSet<>();
        properties(reader.schema(), keys);
        assertThat(keys).contains("version", "dropIns", "contentSha256", "readOnly");
        String page = read(REFERENCE.resolve("declaration.md"));
        assertThat(keys).allSatisfy(key -> assertThat(page).containsPattern("`([A-Za-z]+\\.)*" + key + "`"));
    }

    @Test
    void every_command_and_option_is_explained() throws IOException {
        String page = read(REFERENCE.resolve("cli.md"));
        List<String> sources = sources(SOURCES.resolve("control/console"));
        Set<String> commands = new TreeSet<>();
        Set<String> options = new TreeSet<>(Set.of("--user", "--config", "--state"));
        for (String source : sources) {
            if (!HIDDEN.matcher(source).find()) {
                commands.addAll(found(COMMAND, source));
                options.addAll(found(OPTION, source));
            }
        }
        assertThat(commands).contains("status", "doctor");
        assertThat(commands).allSatisfy(command -> assertThat(page).containsPattern("`([a-z]+ )?" + command + "\\b"));
        assertThat(options)
                .allSatisfy(option -> assertThat(page).containsPattern("(?<![a-z-])" + option + "(?![a-z-])"));
    }

    @Test
    void every_exit_code_is_explained() throws IOException {
        String cli = read(REFERENCE.resolve("cli.md"));
        String all = read(REFERENCE.resolve("exit-codes.md"));
        assertThat(ExitCode.values()).allSatisfy(code -> {
            assertThat(all).contains("\n| " + code.number() + " |");
            if (code != ExitCode.WITHOUT_DAEMON) { // between client and launcher only
                assertThat(cli).contains("\n| " + code.number() + " |");
            }
        });
    }

    @Test
    void every_metric_is_explained() throws IOException {
        String page = read(REFERENCE.resolve("metrics.md"));
        Set<String> meters = new TreeSet<>();
        for (String source : sources(SOURCES)) {
            meters.addAll(found(METER, source));
        }
        meters.removeAll(Set.of("config", "state", "socket", "unprivileged")); // names of settings
        meters.removeAll(Set.of("decisions", "machine", "skills")); // where documents come from
        assertThat(meters).contains("resources", "as.declared");
        assertThat(meters)
                .allSatisfy(meter -> assertThat(page)
                        .containsPattern("\\| `homeostat_" + meter.replace('.', '_') + "(_seconds)?(_total)?` \\|"));
    }

    @Test
    void every_endpoint_and_problem_is_explained() throws IOException {
        String page = read(REFERENCE.resolve("api.md"));
        List<String> endpoints = new ArrayList<>();
        List<String> errors = new ArrayList<>();
        for (String source : sources(SOURCES.resolve("control/api"))) {
            endpoints.addAll(found(ENDPOINT, source));
            errors.addAll(found(ERROR, source));
        }
        assertThat(endpoints).contains("plan", "/v1/events");
        assertThat(errors).contains("moved", "invalid");
        assertThat(endpoints)
                .allSatisfy(path ->
                        assertThat(page).contains(path.replace(": .+}", "}").replaceFirst("^(?!/)", "/v1/")));
        assertThat(errors).allSatisfy(error -> assertThat(page).contains("\n| `" + error + "` |"));
    }

    @Test
    void every_example_of_a_declaration_is_valid() throws IOException {
        Map<String, String> examples = new LinkedHashMap<>();
        for (Path page : pages()) {
            int number = 0;
            for (String yaml : found(YAML, read(page))) {
                number++;
                if (yaml.lines()
                        .filter(line -> !line.startsWith("#"))
                        .findFirst()
                        .orElse("")
                        .equals("version: 1")) {
                    examples.put(page + ", example " + number, yaml);
                }
            }
        }
        String starter = read(STARTER);
        examples.put(STARTER.toString(), starter);
        examples.put(
                STARTER + " with all its examples", EXAMPLE.matcher(starter).replaceAll(""));
        assertThat(examples).hasSizeGreaterThan(8);
        assertThat(examples)
                .allSatisfy((name, yaml) -> assertThat(problems(name, yaml)).isEmpty());
    }

    @Test
    void the_starter_begins_with_what_editors_look_for() throws IOException {
        assertThat(read(STARTER))
                .startsWith("# yaml-language-server: $schema=/usr/share/homeostat/machine.schema.json\n");
    }

    @Test
    void every_internal_link_leads_somewhere() throws IOException {
        List<String> dead = new ArrayList<>();
        for (Path page : pages()) {
            String text = CODE.matcher(read(page)).replaceAll("");
            for (String link : found(LINK, text)) {
                if (!link.contains("://") && !leads(page, link)) {
                    dead.add(page + ": " + link);
                }
            }
        }
        assertThat(dead).isEmpty();
    }

    @Test
    void every_decision_is_in_the_index() throws IOException {
        String index = read(DOCS.resolve("decisions/README.md"));
        try (Stream<Path> files = Files.list(DOCS.resolve("decisions"))) {
            assertThat(files.map(file -> file.getFileName().toString()).filter(name -> !name.equals("README.md")))
                    .allSatisfy(name -> assertThat(index).contains("(" + name + ")"));
        }
    }

    // ---- reading

    private static String read(Path file) throws IOException {
        return Files.readString(file);
    }

    private static List<String> sources(Path folder) throws IOException {
        List<String> sources = new ArrayList<>();
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.filter(f -> f.toString().endsWith(".java")).toList()) {
                sources.add(read(file));
            }
        }
        return sources;
    }

    private static List<Path> pages() throws IOException {
        try (Stream<Path> files = Files.walk(DOCS)) {
            return Stream.concat(
                            Stream.of(Path.of("README.md"), Path.of("deploy/README.md")),
                            files.filter(file -> file.toString().endsWith(".md"))
                                    .sorted())
                    .toList();
        }
    }

    private static List<String> found(Pattern pattern, String text) {
        return pattern.matcher(text)
                .results()
                .map((MatchResult r) -> r.group(1))
                .toList();
    }

    // ---- links

    private static boolean leads(Path page, String link) throws IOException {
        int hash = link.indexOf('#');
        String path = hash < 0 ? link : link.substring(0, hash);
        Path target = path.isEmpty() ? page : page.resolveSibling(path).normalize();
        if (!Files.exists(target)) {
            return false;
        }
        return hash < 0
                || found(HEADING, CODE.matcher(read(target)).replaceAll("")).stream()
                        .anyMatch(heading -> anchor(heading).equals(link.substring(hash + 1)));
    }

    /** As the usual viewers make them: lower case, blanks to hyphens, punctuation left out. */
    private static String anchor(String heading) {
        return heading.toLowerCase(Locale.ROOT)
                .replaceAll("[^\\p{L}\\p{N} _-]", "")
                .replace(' ', '-');
    }

    // ---- the declaration

    private static void properties(JsonNode node, Set<String> keys) {
        if (node.isObject() && node.path("properties").isObject()) {
            node.get("properties").fieldNames().forEachRemaining(keys::add);
        }
        node.forEach(child -> properties(child, keys));
    }

    private List<String> problems(String name, String yaml) {
        try {
            reader.read(new LinkedHashMap<>(Map.of(name, yaml.getBytes(UTF_8))));
            return List.of();
        } catch (InvalidDeclaration e) {
            return e.problems().stream().map(Object::toString).toList();
        }
    }

    private static DeclarationReader reader() {
        Locations locations = Locations.system(Map.of());
        Accounts accounts = new AnyAccount();
        UnitPlaces places = new UnitPlaces(locations, accounts);
        Catalog catalog = new Catalog(locations);
        List<Section<?>> sections = new ArrayList<>(List.of(
                new FileSection(locations, accounts),
                new ServiceSection(places),
                new ContainerSection(accounts, locations),
                new VolumeSection(),
                new NetworkSection()));
        sections.add(new CatalogSection(catalog, List.copyOf(sections), accounts, locations));
        List<Section<?>> all = Tooling.and(sections, locations, accounts);
        return new DeclarationReader(
                all,
                List.of(new GenerationTopic(), Stacks.topic(all, accounts)),
                List.of(new PortClash(), new UnitClash(), new UnitFileCheck(places), new CatalogClash(catalog)),
                locations);
    }

    /** A machine that has every user an example may name. */
    private static final class AnyAccount implements Accounts {
        @Override
        public Optional<Account> user(String name) {
            return Optional.of(new Account(name, 1000, 1000, Path.of("/home", name)));
        }

        @Override
        public Optional<Account> user(int uid) {
            return Optional.empty();
        }

        @Override
        public Optional<Integer> group(String name) {
            return Optional.of(1000);
        }

        @Override
        public Optional<String> groupName(int gid) {
            return Optional.empty();
        }

        @Override
        public List<Integer> groupsOf(Account account) {
            return List.of(account.gid());
        }
    }
}
