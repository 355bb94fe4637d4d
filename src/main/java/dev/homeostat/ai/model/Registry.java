package dev.homeostat.ai.model;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;
import dev.homeostat.ai.Profile;
import dev.homeostat.resource.Json;
import dev.homeostat.resource.Trouble;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Models by their ids, as a registry file has them: {@code {"models": [...]}}, with the fields of an edge model registry
 * ({@code id}, {@code runtime}, {@code backend} and {@code ai_profiles} are required) and where each is from. Immutable.
 */
final class Registry {
    /** A name in one folder, and none that we give ourselves. */
    static final String FILE =
            "^(?!.*\\.(part|json|new)$)(?!.*\\.wrong-[0-9a-f]{12}$)[A-Za-z0-9][A-Za-z0-9._-]{0,149}$";

    static final String FILE_FORM =
            "the name of a file: letters, digits, . _ and -, at most 150 of them, and not ending in .part, .json, .new or .wrong-...";

    static final String WORD = "^[A-Za-z0-9][A-Za-z0-9._+-]{0,59}$";
    static final String WORD_FORM = "a word: letters, digits and . _ + -";

    /** Of a registry; the one that comes with the program has some kilobytes. */
    private static final int LIMIT_CHARS = 1 << 20;
    /** More is no list that anybody chooses from. */
    private static final int MODELS_LIMIT = 1000;

    private static final String OF_PROGRAM = "models.json";
    private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");

    private final SortedMap<String, Registered> models;

    private Registry(SortedMap<String, Registered> models) {
        this.models = Collections.unmodifiableSortedMap(models);
    }

    /** By id. */
    Map<String, Registered> models() {
        return models;
    }

    // ---- reading

    private record File(List<Model> models) {}

    private record Model(
            String id,
            String name,
            String family,
            String parameters,
            Quantization quantization,
            String runtime,
            String backend,
            List<String> tasks,
            @JsonProperty("ai_profiles") List<String> profiles,
            @JsonProperty("storage_path") String storagePath,
            @JsonProperty("endpoint_hint") String endpointHint,
            Memory memory,
            Source source) {}

    private record Quantization(String format, Integer bits, String method) {}

    private record Memory(
            @JsonProperty("vram_bytes") Long vramBytes,
            @JsonProperty("ram_bytes") Long ramBytes) {}

    private record Source(String url, String sha256, Long bytes) {}

    /** The one that comes with the program; it is wrong only if the program is. */
    static Registry ofProgram() {
        try (InputStream in = Registry.class.getResourceAsStream(OF_PROGRAM)) {
            if (in == null) {
                throw new IllegalStateException("the program was built without its registry of models");
            }
            return parse(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException | Trouble e) {
            throw new IllegalStateException("the program's registry of models cannot be read: " + e.getMessage(), e);
        }
    }

    /** @throws Trouble invalid, with everything that is wrong */
    static Registry parse(String text) throws Trouble {
        if (text.length() > LIMIT_CHARS) {
            throw Trouble.invalid(
                    "a registry of models has at most " + LIMIT_CHARS + " characters, not " + text.length(), "");
        }
        File file;
        try {
            file = Json.MAPPER.readValue(text, File.class);
        } catch (JsonProcessingException e) {
            throw Trouble.invalid(
                    "not a registry of models: "
                            + e.getOriginalMessage().lines().findFirst().orElse("")
                            + (e.getLocation() == null
                                    ? ""
                                    : " (line " + e.getLocation().getLineNr() + ")"),
                    "");
        }
        if (file == null || file.models() == null) {
            throw Trouble.invalid("not a registry of models: it has no list models", "");
        }
        if (file.models().size() > MODELS_LIMIT) {
            throw Trouble.invalid("a registry has at most " + MODELS_LIMIT + " models", "");
        }
        Reading reading = new Reading();
        for (int i = 0; i < file.models().size(); i++) {
            reading.read(i, file.models().get(i));
        }
        if (!reading.problems.isEmpty()) {
            throw Trouble.invalid(String.join("; ", reading.problems), "");
        }
        return new Registry(reading.models);
    }

    /** Collects what is wrong, so that all is told at once. */
    private static final class Reading {
        final List<String> problems = new ArrayList<>();
        final SortedMap<String, Registered> models = new TreeMap<>();
        private final Map<String, String> files = new TreeMap<>();
        private String at = "";

        void read(int index, Model m) {
            at = "models[" + index + "]";
            if (m == null) {
                problem("", "is null");
                return;
            }
            int before = problems.size();
            matches("id", m.id(), ModelsEntry.ID, ModelsEntry.ID_FORM, true);
            if (m.id() != null) {
                at += " (" + m.id() + ")";
            }
            matches("runtime", m.runtime(), WORD, WORD_FORM, true);
            matches("backend", m.backend(), WORD, WORD_FORM, true);
            text("name", m.name());
            text("family", m.family());
            text("parameters", m.parameters());
            text("endpoint_hint", m.endpointHint());
            if (m.quantization() != null) {
                text("quantization.format", m.quantization().format());
                text("quantization.method", m.quantization().method());
                Integer bits = m.quantization().bits();
                if (bits != null && (bits < 1 || bits > 64)) {
                    problem("quantization.bits", "expected 1 to 64, found " + bits);
                }
            }
            Set<Profile> profiles = profiles(m.profiles());
            List<String> tasks = tasks(m.tasks());
            String file = m.storagePath() == null ? m.id() + ".gguf" : m.storagePath();
            matches("storage_path", m.storagePath(), FILE, FILE_FORM, false);
            Memory memory = m.memory() == null ? new Memory(null, null) : m.memory();
            long vram = natural("memory.vram_bytes", memory.vramBytes());
            long ram = natural("memory.ram_bytes", memory.ramBytes());
            ModelSource source = source(m.source());
            if (m.id() != null && models.containsKey(m.id())) {
                problem("id", "there is another model of that id");
            }
            String other = files.putIfAbsent(file, String.valueOf(m.id()));
            if (other != null && !other.equals(m.id())) {
                problem("storage_path", file + " is the file of " + other + " already");
            }
            if (problems.size() == before) {
                models.put(
                        m.id(),
                        new Registered(
                                m.id(),
                                m.name() == null ? m.id() : m.name(),
                                m.runtime(),
                                m.backend(),
                                tasks,
                                profiles,
                                file,
                                vram,
                                ram,
                                source));
            }
        }

        private Set<Profile> profiles(List<String> labels) {
            EnumSet<Profile> profiles = EnumSet.noneOf(Profile.class);
            if (labels == null || labels.isEmpty()) {
                problem("ai_profiles", "is required");
                return profiles;
            }
            for (String label : labels) {
                Arrays.stream(Profile.values())
                        .filter(p -> p != Profile.OFF && p.label().equals(label))
                        .findFirst()
                        .ifPresentOrElse(
                                profiles::add,
                                () -> problem(
                                        "ai_profiles",
                                        "expected "
                                                + Arrays.stream(Profile.values())
                                                        .filter(p -> p != Profile.OFF)
                                                        .map(Profile::label)
                                                        .collect(Collectors.joining(", "))
                                                + ", found " + label));
            }
            return profiles;
        }

        private List<String> tasks(List<String> tasks) {
            if (tasks == null) {
                return List.of(Registered.CHAT);
            }
            tasks.forEach(task -> matches("tasks", task, WORD, WORD_FORM, true));
            return tasks.stream().filter(t -> t != null).toList();
        }

        private ModelSource source(Source source) {
            if (source == null || source.url() == null) {
                problem("source.url", "is required");
                return null;
            }
            if (source.sha256() != null && !SHA256.matcher(source.sha256()).matches()) {
                problem("source.sha256", "expected 64 hexadecimal digits in lower case, found " + source.sha256());
            }
            if (source.bytes() != null && source.bytes() < 1) {
                problem("source.bytes", "expected at least 1, found " + source.bytes());
            }
            try {
                Hop.check(URI.create(source.url()), source.sha256() != null);
            } catch (IllegalArgumentException e) {
                problem("source.url", "is no address: " + source.url());
            } catch (Trouble t) {
                problem("source.url", t.sentence());
            }
            return new ModelSource(source.url(), null, source.sha256(), source.bytes(), null);
        }

        private long natural(String field, Long value) {
            if (value != null && value < 0) {
                problem(field, "expected no less than 0, found " + value);
            }
            return value == null ? 0 : value;
        }

        private void text(String field, String value) {
            if (value != null
                    && (value.isBlank() || value.length() > 200 || value.chars().anyMatch(Character::isISOControl))) {
                problem(field, "expected a line of at most 200 characters");
            }
        }

        private void matches(String field, String value, String pattern, String form, boolean required) {
            if (value == null) {
                if (required) {
                    problem(field, "is required");
                }
            } else if (!value.matches(pattern)) {
                problem(field, "expected " + form + ", found " + value);
            }
        }

        private void problem(String field, String message) {
            problems.add(String.format(Locale.ROOT, "%s%s: %s", at, field.isEmpty() ? "" : "." + field, message));
        }
    }
}
