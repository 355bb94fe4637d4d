package dev.homeostat.kind.catalog;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import dev.homeostat.host.Locations;
import dev.homeostat.resource.Catalogue;
import dev.homeostat.resource.Durations;
import dev.homeostat.resource.Json;
import dev.homeostat.resource.Preset;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The entries of the catalogue: each is one file, and there is no list of them. They come with the program, so one that
 * cannot be read is a program that is not whole. Read at first use. Thread-safe.
 */
@ApplicationScoped
public class Catalog implements Catalogue {
    /** Lies beside the entries: a jar cannot be asked for a folder, only for a file. */
    private static final String ANCHOR = "entries/README.md";

    private static final String ENDING = ".yaml";
    private static final String FILE = "file";
    /** Also the name of a container, and the beginning of the names of its files. */
    private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9-]{0,47}");

    private final Supplier<SortedMap<String, CatalogEntry>> source;
    private final Path secrets;
    private volatile SortedMap<String, CatalogEntry> entries;

    /** What comes with the program. */
    @Inject
    public Catalog(Locations locations) {
        this(locations, Catalog::ofProgram);
    }

    /** @param folder with one file for each entry */
    public Catalog(Locations locations, Path folder) {
        this(locations, () -> {
            try {
                return read(folder);
            } catch (IOException e) {
                throw new IllegalStateException("the catalogue cannot be read", e);
            }
        });
    }

    private Catalog(Locations locations, Supplier<SortedMap<String, CatalogEntry>> source) {
        this.source = source;
        this.secrets = SecretPlaces.folder(locations);
    }

    /** By name. */
    SortedMap<String, CatalogEntry> entries() {
        SortedMap<String, CatalogEntry> known = entries;
        if (known == null) {
            known = source.get();
            entries = known;
        }
        return known;
    }

    private static SortedMap<String, CatalogEntry> ofProgram() {
        URL anchor = Catalog.class.getResource(ANCHOR);
        if (anchor == null) {
            throw new IllegalStateException("the program was built without its catalogue");
        }
        try {
            URI uri = anchor.toURI();
            if (uri.getScheme().equals(FILE)) {
                return read(Path.of(uri).getParent());
            }
            try (FileSystem archive = FileSystems.newFileSystem(uri, Map.of())) {
                return read(archive.provider().getPath(uri).getParent());
            }
        } catch (IOException | URISyntaxException e) {
            throw new IllegalStateException("the catalogue cannot be read", e);
        }
    }

    private static SortedMap<String, CatalogEntry> read(Path folder) throws IOException {
        SortedMap<String, CatalogEntry> entries = new TreeMap<>();
        List<Path> files;
        try (Stream<Path> all = Files.list(folder)) {
            files = all.filter(file -> file.getFileName().toString().endsWith(ENDING))
                    .toList();
        }
        for (Path file : files) {
            String fileName = file.getFileName().toString();
            String name = fileName.substring(0, fileName.length() - ENDING.length());
            if (!NAME.matcher(name).matches()) {
                throw new IllegalStateException("not the name of an entry of the catalogue: " + fileName);
            }
            entries.put(name, entry(name, Files.readAllBytes(file)));
        }
        entries.forEach((name, entry) -> others(name, entry, entries.keySet()));
        return Collections.unmodifiableSortedMap(entries);
    }

    private static CatalogEntry entry(String name, byte[] content) {
        try {
            CatalogEntry entry = Json.MAPPER
                    .readerFor(CatalogEntry.class)
                    .with(new YAMLFactory())
                    .readValue(content);
            offer(name, entry, Path.of("/")); // a placeholder that stands for nothing shows here
            return entry;
        } catch (IOException | IllegalArgumentException e) {
            throw new IllegalStateException("the catalogue's entry " + name + " is wrong: " + e.getMessage(), e);
        }
    }

    private static void others(String name, CatalogEntry entry, Set<String> known) {
        Stream.concat(entry.conflicts().stream(), entry.waitsFor().stream())
                .filter(other -> !known.contains(other) || other.equals(name))
                .forEach(other -> {
                    throw new IllegalStateException(
                            "the catalogue's entry " + name + " names " + other + ", which is no other entry");
                });
    }

    // ---- for people

    @Override
    public List<Offer> offers() {
        List<Offer> offers = new ArrayList<>();
        entries().forEach((name, entry) -> offers.add(offer(name, entry, secrets)));
        return offers;
    }

    private static Offer offer(String name, CatalogEntry entry, Path secrets) {
        List<Port> ports = new ArrayList<>();
        Map<String, Integer> numbers = new TreeMap<>();
        entry.ports().forEach((port, p) -> {
            ports.add(new Port(port, p.number(), p.container(), p.protocol(), p.about() == null ? "" : p.about()));
            numbers.put(port, p.number());
        });
        Placeholders placeholders = new Placeholders(CatalogUse.THIS_MACHINE, numbers);
        List<Secret> made = new ArrayList<>();
        entry.secrets()
                .forEach((secret, s) -> made.add(new Secret(
                        secret,
                        s.variable(),
                        s.about(),
                        secrets.resolve(SecretPlaces.fileName(SecretPlaces.name(name, secret)))
                                .toString())));
        CatalogEntry.ContainerForm container = entry.container();
        CatalogEntry.ServiceForm service = entry.service();
        List<String> options = new ArrayList<>();
        if (service != null) {
            service.options()
                    .forEach((option, value) -> options.add(option + " = " + Json.write(placeholders.in(value))));
        }
        if (container != null) {
            container.environment().values().forEach(placeholders::in);
        }
        return new Offer(
                name,
                entry.about(),
                entry.forms(),
                ports,
                container == null ? "" : container.image(),
                container == null ? List.of() : List.copyOf(container.data().keySet()),
                service == null || service.folder() == null ? "" : service.folder(),
                container == null ? "" : health(container.health()),
                made,
                service == null ? List.of() : service.units(),
                service == null ? "" : service.module(),
                service == null ? "" : service.checked(),
                options,
                entry.conflicts(),
                entry.waitsFor());
    }

    private static String health(JsonNode health) {
        if (health == null) {
            return "";
        }
        List<String> words = new ArrayList<>();
        health.get("command").forEach(word -> words.add(word.asText()));
        StringBuilder text = new StringBuilder(String.join(" ", words));
        time(text, ", every ", health.path("interval"));
        time(text, ", within ", health.path("timeout"));
        if (health.has("retries")) {
            text.append(", ").append(health.get("retries").asInt()).append(" times");
        }
        time(text, ", after ", health.path("start"));
        return text.toString();
    }

    private static void time(StringBuilder text, String before, JsonNode node) {
        if (!node.isMissingNode()) {
            Duration time = Durations.parse(node.asText());
            text.append(before).append(Durations.format(time));
        }
    }

    /** How it runs if nothing is said, there being a choice. */
    static Preset.Form preferred(CatalogEntry entry) {
        return entry.forms().getFirst();
    }
}
