package dev.homeostat.declaration;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.exc.InvalidFormatException;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.Error;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import com.networknt.schema.path.NodePath;
import dev.homeostat.declaration.Located.Field;
import dev.homeostat.declaration.Located.Fields;
import dev.homeostat.declaration.Located.Items;
import dev.homeostat.declaration.Located.Scalar;
import dev.homeostat.host.Locations;
import dev.homeostat.resource.CrossCheck;
import dev.homeostat.resource.Desired;
import dev.homeostat.resource.HostPort;
import dev.homeostat.resource.Json;
import dev.homeostat.resource.Layer;
import dev.homeostat.resource.NearestKey;
import dev.homeostat.resource.Place;
import dev.homeostat.resource.PortClaim;
import dev.homeostat.resource.Problem;
import dev.homeostat.resource.ResourceId;
import dev.homeostat.resource.Scope;
import dev.homeostat.resource.Section;
import dev.homeostat.resource.Sha256;
import dev.homeostat.resource.SystemOptions;
import dev.homeostat.resource.Topic;
import io.quarkus.arc.All;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * From the text of the declaration's files to a {@link Declaration}, or to all that is wrong with it. Looks at nothing but
 * the text (and, through the sections, at which users exist). Thread-safe.
 */
@ApplicationScoped
public class DeclarationReader {
    private static final String USERS = "users";
    private static final String POLICY = "policy";
    /** Of all files: what is accepted of one, twice. The heap has room for it beside the declaration that is in force. */
    static final int TOTAL_LIMIT_BYTES = 2 * YamlReader.SIZE_LIMIT_BYTES;
    /** Keys whose value is not shown in messages: it is a secret, or somebody took it for the place of one. */
    private static final Set<String> MAYBE_SECRET = Set.of("content", "environment", "passwordHash");
    /** More of a value is no help in a message. */
    private static final int SHOWN_CHARS = 60;

    private final List<Section<?>> sections;
    private final List<Topic> topics;
    private final Map<String, Topic.Key<?>> topicKeys;
    private final List<CrossCheck> checks;
    private final Supplier<ObjectNode> kept;
    private volatile Compiled compiled;

    /** Made at first use: it takes a tenth of a second that a start need not wait for. */
    private record Compiled(ObjectNode document, Schema schema) {}

    @Inject
    public DeclarationReader(
            @All List<Section<?>> sections,
            @All List<Topic> topics,
            @All List<CrossCheck> checks,
            Locations locations) {
        this(sections, topics, checks, locations, () -> MachineSchema.of(sections, topics, !locations.unprivileged()));
    }

    /** @param schema made at first use, of these sections and topics */
    public DeclarationReader(
            List<Section<?>> sections,
            List<Topic> topics,
            List<CrossCheck> checks,
            Locations locations,
            Supplier<ObjectNode> schema) {
        this.kept = schema;
        List<Section<?>> sorted = new ArrayList<>(sections);
        sorted.sort(Comparator.comparing(Section::key));
        this.sections = List.copyOf(sorted);
        this.topics = locations.unprivileged() ? List.of() : List.copyOf(topics);
        this.topicKeys = this.topics.stream()
                .flatMap(topic -> topic.keys().stream())
                .collect(Collectors.toUnmodifiableMap(Topic.Key::name, Function.identity()));
        this.checks = List.copyOf(checks);
    }

    /**
     * Reads and merges.
     *
     * @param files name to content, machine.yaml first, then those of machine.d by name
     */
    public Declaration read(SequencedMap<String, byte[]> files) throws InvalidDeclaration {
        List<Problem> problems = new ArrayList<>();
        List<Fields> parts = new ArrayList<>();
        long bytes = 0;
        for (Map.Entry<String, byte[]> file : files.entrySet()) {
            bytes += file.getValue().length;
            // one that is too large by itself is told below
            if (bytes > TOTAL_LIMIT_BYTES && file.getValue().length <= YamlReader.SIZE_LIMIT_BYTES) {
                throw new InvalidDeclaration(List.of(new Problem(
                        new Place(file.getKey(), 0, 0),
                        "",
                        "has more than is left of the " + TOTAL_LIMIT_BYTES
                                + " bytes that all files may have together: move large content into files of its own"
                                + " (source)")));
            }
        }
        files.forEach((name, content) -> {
            Fields part = YamlReader.read(name, content, problems);
            if (part != null) {
                parts.add(part);
            }
        });
        stopAt(problems);
        if (parts.isEmpty()) {
            throw new InvalidDeclaration(List.of(new Problem(Place.NOWHERE, "", "there is no declaration")));
        }
        Fields merged = Merge.merge(parts, problems);
        stopAt(problems);
        ObjectNode document = document(merged);
        Broken broken = new Broken();
        List<Error> errors = compiled().schema.validate(document);
        Set<String> enums = new LinkedHashSet<>();
        errors.stream()
                .filter(e -> e.getKeyword().equals("enum"))
                .forEach(e -> enums.add(e.getInstanceLocation().toString()));
        for (Error error : errors) {
            // that it is no text is no news where one of a few words is expected
            if (!error.getKeyword().equals("type")
                    || !enums.contains(error.getInstanceLocation().toString())) {
                problems.add(problem(error, merged));
            }
        }
        errors.forEach(error -> broken.take(error, document));
        // what is sound is looked at all the same: all that is wrong is told at once
        return bind(document, path -> find(merged, path), List.copyOf(files.keySet()), problems, broken);
    }

    /** Reads a kept revision: it was valid once, and is checked as far as the records check. */
    public Declaration restore(JsonNode content, String revision, List<String> files) throws InvalidDeclaration {
        Place place = new Place("revision " + revision.substring(0, 12), 0, 0);
        Broken unchecked = new Broken();
        unchecked.namesUnknown = true; // what an older Homeostat let pass is no reason not to go back to it
        Declaration d = bind((ObjectNode) content, path -> place, files, new ArrayList<>(), unchecked);
        return new Declaration(revision, d.content(), d.policy(), d.files(), d.resources());
    }

    /** The JSON Schema of machine.yaml. */
    public JsonNode schema() {
        return compiled().document;
    }

    /** What the schema does not let pass: it is taken out of the document, so that the rest can be looked at. */
    private final class Broken {
        /** Names of entries that were taken out: they are declared, though nobody knows how. */
        final Set<String> names = new LinkedHashSet<>();
        /** Whole sections cannot be read: what they declare is not known. */
        boolean namesUnknown;
        /** Keys of topics that cannot be read. */
        final Set<String> topicKeys = new LinkedHashSet<>();
        /** There is a key that nobody knows: maybe one of a topic, misspelled. */
        boolean keyUnknown;

        void take(Error error, ObjectNode document) {
            List<String> path = new ArrayList<>(path(error.getInstanceLocation()));
            if (error.getKeyword().equals("additionalProperties")) {
                path.add(error.getProperty());
            } else if (error.getKeyword().equals("propertyNames")) {
                path.add(name(error));
            }
            boolean users = !path.isEmpty() && path.getFirst().equals(USERS);
            int section = users ? 2 : 0;
            if (path.size() <= section) {
                namesUnknown |= users;
                cut(document, path);
            } else if (!isSection(path.get(section))) {
                // a name that is not known may be a section's, misspelled
                boolean unknown = error.getKeyword().equals("additionalProperties") && path.size() == section + 1;
                namesUnknown |= unknown;
                keyUnknown |= unknown && !users;
                if (isTopic(path.get(section)) && !users) {
                    unreadable(path.get(section));
                }
                cut(document, path.subList(0, section + 1));
            } else if (path.size() == section + 1) {
                namesUnknown = true;
                cut(document, path);
            } else {
                names.add(path.get(section + 1));
                cut(document, path.subList(0, section + 2));
            }
        }

        /** A topic needs all its keys to know what they declare together. */
        void unreadable(String topicKey) {
            topicKeys.add(topicKey);
            namesUnknown = true;
        }

        boolean isComplete(Topic topic) {
            return !keyUnknown && topic.keys().stream().noneMatch(key -> topicKeys.contains(key.name()));
        }

        private void cut(ObjectNode document, List<String> path) {
            JsonNode at = document;
            for (String name : path.isEmpty() ? path : path.subList(0, path.size() - 1)) {
                at = at.path(name);
            }
            if (at instanceof ObjectNode node && !path.isEmpty()) {
                node.remove(path.getLast());
            }
        }

        /** Whether an entry that cannot be read may be what is named. */
        boolean mayBe(ResourceId id) {
            return namesUnknown
                    || names.stream()
                            .anyMatch(name -> id.name().equals(name)
                                    || id.name().startsWith(name + ".")
                                    || name.startsWith("~/") && id.name().endsWith(name.substring(1)));
        }
    }

    private Compiled compiled() {
        Compiled c = compiled;
        if (c == null) {
            ObjectNode document = kept.get();
            Schema schema = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
                    .getSchema(withoutForms(document.deepCopy()));
            c = new Compiled(document, schema);
            compiled = c;
        }
        return c;
    }

    /** The validator would warn of a keyword that it does not know. */
    private static JsonNode withoutForms(JsonNode schema) {
        schema.forEach(DeclarationReader::withoutForms);
        if (schema instanceof ObjectNode object) {
            object.remove(MachineSchema.FORM);
        }
        return schema;
    }

    // ---- from located YAML to JSON; what is empty was not said, but an empty entry is an entry

    private ObjectNode document(Fields root) {
        ObjectNode out = Json.MAPPER.createObjectNode();
        root.fields().forEach((key, field) -> {
            if (key.equals(USERS) && field.value() instanceof Fields perUser) {
                ObjectNode all = out.putObject(USERS);
                perUser.fields().forEach((user, f) -> {
                    if (f.value() instanceof Fields own) {
                        ObjectNode node = all.putObject(user);
                        own.fields().forEach((k, v) -> set(node, k, v, isSection(k)));
                    } else {
                        set(all, user, f, false);
                    }
                });
            } else if (isTopic(key)) {
                if (!isNull(field)) {
                    JsonNode schema = compiled().document;
                    out.set(key, json(field.value(), schema.at("/properties/" + key), schema));
                }
            } else {
                set(out, key, field, isSection(key));
            }
        });
        return out;
    }

    private boolean isTopic(String key) {
        return topicKeys.containsKey(key);
    }

    private boolean isSection(String key) {
        return sections.stream().anyMatch(s -> s.key().equals(key));
    }

    private static void set(ObjectNode out, String key, Field field, boolean keepEmpty) {
        if (keepEmpty && field.value() instanceof Fields entries) {
            ObjectNode node = out.putObject(key);
            entries.fields().forEach((name, f) -> {
                if (isNull(f)) {
                    node.putObject(name);
                } else {
                    node.set(name, json(f.value()));
                }
            });
            return;
        }
        if (!isNull(field)) {
            out.set(key, json(field.value()));
        }
    }

    private static boolean isNull(Field field) {
        return field.value() instanceof Scalar s && s.value().isNull();
    }

    /** By what the schema says of it: in a map from names to records, a name with nothing is an entry all the same. */
    private static JsonNode json(Located value, JsonNode type, JsonNode schema) {
        if (!(value instanceof Fields fields)) {
            return json(value);
        }
        JsonNode resolved = resolved(type, schema);
        ObjectNode node = Json.MAPPER.createObjectNode();
        fields.fields().forEach((name, field) -> {
            JsonNode known = resolved.path("properties").path(name);
            JsonNode below = resolved(known.isMissingNode() ? resolved.path("additionalProperties") : known, schema);
            if (!isNull(field)) {
                node.set(name, json(field.value(), below, schema));
            } else if (known.isMissingNode() && isRecord(below)) {
                node.putObject(name);
            }
        });
        return node;
    }

    private static JsonNode resolved(JsonNode type, JsonNode schema) {
        return type.has("$ref") ? schema.at(type.get("$ref").asText().substring(1)) : type;
    }

    private static boolean isRecord(JsonNode type) {
        return type.path("type").asText().equals("object")
                && !type.path("additionalProperties").asBoolean(true);
    }

    private static JsonNode json(Located value) {
        return switch (value) {
            case Scalar s -> s.value();
            case Items items -> {
                ArrayNode array = Json.MAPPER.createArrayNode();
                items.items().forEach(i -> array.add(json(i)));
                yield array;
            }
            case Fields fields -> {
                ObjectNode node = Json.MAPPER.createObjectNode();
                fields.fields().forEach((k, f) -> set(node, k, f, false));
                yield node;
            }
        };
    }

    // ---- what the schema found, in words

    private Problem problem(Error error, Fields merged) {
        List<String> path = path(error.getInstanceLocation());
        String key = String.join(".", path);
        JsonNode instance = error.getInstanceNode();
        boolean secret = path.stream().anyMatch(MAYBE_SECRET::contains);
        String found = instance == null ? "" : ", found " + (secret ? kindOf(instance) : shown(instance));
        switch (error.getKeyword()) {
            case "additionalProperties" -> {
                String unknown = error.getProperty();
                List<String> full = new ArrayList<>(path);
                full.add(unknown);
                Set<String> known = knownKeys(error);
                String near = NearestKey.of(unknown, known)
                        .map(k -> ": did you mean \"" + k + "\"?")
                        .orElse(known.isEmpty() ? "" : ": known are " + String.join(", ", known));
                return new Problem(keyPlace(merged, full), key, quoted(unknown) + " is not a known key" + near);
            }
            case "required" -> {
                return new Problem(find(merged, path), key, "\"" + error.getProperty() + "\" is missing");
            }
            case "type" -> {
                return new Problem(
                        find(merged, path),
                        key,
                        "expected " + expectedType(error) + found
                                + (secret ? quotesHint(error, instance) : quoteHint(error, instance)));
            }
            case "enum" -> {
                return new Problem(find(merged, path), key, "expected one of " + values(error.getSchemaNode()) + found);
            }
            case "const" -> {
                return new Problem(
                        find(merged, path),
                        key,
                        "expected " + error.getSchemaNode().asText() + found);
            }
            case "pattern" -> {
                return new Problem(find(merged, path), key, "expected " + form(error) + found);
            }
            case "propertyNames" -> {
                String name = name(error);
                List<String> full = new ArrayList<>(path);
                full.add(name);
                return new Problem(keyPlace(merged, full), key, "the name " + quoted(name) + " is not " + form(error));
            }
            case "minimum" -> {
                return new Problem(
                        find(merged, path),
                        key,
                        "expected at least " + error.getSchemaNode().asText() + found);
            }
            case "maximum" -> {
                return new Problem(
                        find(merged, path),
                        key,
                        "expected at most " + error.getSchemaNode().asText() + found);
            }
            case "minLength", "minItems", "minProperties" -> {
                return new Problem(find(merged, path), key, "is empty: expected at least one " + part(error));
            }
            case "maxLength", "maxItems", "maxProperties" -> {
                return new Problem(
                        find(merged, path),
                        key,
                        "is too long: expected at most " + error.getSchemaNode().asText() + " " + part(error) + "s");
            }
            default -> {
                return new Problem(find(merged, path), key, stripped(error.getMessage()) + found);
            }
        }
    }

    /** What a pattern means, in words where the schema has them. */
    private String form(Error error) {
        JsonNode beside = schemaAbove(error);
        if (beside != null && error.getKeyword().equals("propertyNames")) {
            beside = beside.path("propertyNames");
        }
        if (beside == null || !beside.has("pattern")) {
            return "what is possible here";
        }
        return beside.has(MachineSchema.FORM)
                ? beside.get(MachineSchema.FORM).asText()
                : "text that matches " + beside.get("pattern").asText();
    }

    /** Of a key that may not be one. */
    private static String name(Error error) {
        return error.getProperty() != null
                ? error.getProperty()
                : error.getInstanceNode() == null ? "" : error.getInstanceNode().asText();
    }

    /** The validator's own message begins with the path, which is told already. */
    private static String stripped(String message) {
        int colon = message.indexOf(": ");
        return colon < 0 ? message : message.substring(colon + 2);
    }

    private static String part(Error error) {
        return error.getKeyword().endsWith("Length")
                ? "character"
                : error.getKeyword().endsWith("Items") ? "item" : "key";
    }

    /** The schema that the keyword stands in. */
    private JsonNode schemaAbove(Error error) {
        JsonNode node = compiled().document;
        NodePath fragment = error.getSchemaLocation().getFragment();
        for (int i = 0; i < fragment.getNameCount() - 1 && node != null; i++) {
            Object element = fragment.getElement(i);
            node = element instanceof Integer n ? node.get(n) : node.get(element.toString());
        }
        return node;
    }

    private Set<String> knownKeys(Error error) {
        JsonNode node = schemaAbove(error);
        Set<String> names = new LinkedHashSet<>();
        if (node != null && node.get("properties") != null) {
            node.get("properties").fieldNames().forEachRemaining(names::add);
        }
        return names;
    }

    private static String expectedType(Error error) {
        JsonNode type = error.getSchemaNode();
        String name = type.isArray() ? type.get(0).asText() : type.asText();
        return switch (name) {
            case "object" -> "keys and values";
            case "array" -> "a list";
            case "string" -> "text";
            case "integer" -> "a whole number";
            case "number" -> "a number";
            case "boolean" -> "true or false";
            default -> name;
        };
    }

    private static String quoteHint(Error error, JsonNode instance) {
        boolean text = "string".equals(error.getSchemaNode().asText());
        return text && instance != null && (instance.isNumber() || instance.isBoolean())
                ? " (put it in quotes: \"" + instance.asText() + "\")"
                : "";
    }

    /** Where the value itself may be a secret. */
    private static String quotesHint(Error error, JsonNode instance) {
        return quoteHint(error, instance).isEmpty() ? "" : " (put it in quotes)";
    }

    private static String kindOf(JsonNode node) {
        return node.isNumber()
                ? "a number"
                : node.isBoolean() ? "true or false" : node.isTextual() ? "text" : shown(node);
    }

    private static String shown(JsonNode node) {
        if (node.isObject()) {
            return "keys and values";
        }
        if (node.isArray()) {
            return "a list";
        }
        // long text is content, maybe secret: its beginning is no help; neither is a password in an address
        String text = node.asText().replaceAll("://[^/@\\s]*:[^/@\\s]*@", "://...@");
        return !node.isTextual()
                ? text
                : text.length() > SHOWN_CHARS ? "text of " + text.length() + " characters" : quoted(text);
    }

    /** As it can be printed on one line of a terminal or journal, whoever wrote it. */
    private static String quoted(String text) {
        String cut = text.length() > SHOWN_CHARS ? text.substring(0, SHOWN_CHARS) + "..." : text;
        return "\"" + cut.replaceAll("\\p{C}", "?") + "\"";
    }

    private static String values(JsonNode values) {
        List<String> all = new ArrayList<>();
        values.forEach(v -> all.add(v.asText()));
        return String.join(", ", all);
    }

    private static List<String> path(NodePath location) {
        List<String> path = new ArrayList<>();
        for (int i = 0; i < location.getNameCount(); i++) {
            path.add(String.valueOf(location.getElement(i)));
        }
        return path;
    }

    /** Where the value at a path is; the nearest above it that is written, if it is not. */
    private static Place find(Fields root, List<String> path) {
        Place place = root.place();
        Located at = root;
        for (int i = 0; i < path.size(); i++) {
            String name = path.get(i);
            // a key may have dots of its own: the path was taken apart at those, too
            while (at instanceof Fields fields && !fields.fields().containsKey(name) && i + 1 < path.size()) {
                name += "." + path.get(++i);
            }
            if (at instanceof Fields fields && fields.fields().containsKey(name)) {
                Field field = fields.fields().get(name);
                at = field.value();
                place = at instanceof Scalar ? at.place() : field.keyPlace();
            } else if (at instanceof Items items
                    && name.matches("\\d{1,6}")
                    && Integer.parseInt(name) < items.items().size()) {
                at = items.items().get(Integer.parseInt(name));
                place = at.place();
            } else {
                return place;
            }
        }
        return place;
    }

    private static Place keyPlace(Fields root, List<String> path) {
        Located at = root;
        Place place = root.place();
        for (String name : path) {
            if (at instanceof Fields fields && fields.fields().containsKey(name)) {
                place = fields.fields().get(name).keyPlace();
                at = fields.fields().get(name).value();
            } else {
                return find(root, path);
            }
        }
        return place;
    }

    // ---- from JSON to records and resources

    private Declaration bind(
            ObjectNode document,
            Function<List<String>, Place> places,
            List<String> files,
            List<Problem> problems,
            Broken broken)
            throws InvalidDeclaration {
        Collector out = new Collector(problems);
        Policy policy = Policy.DEFAULT;
        if (document.has(POLICY)) {
            policy = Objects.requireNonNullElse(
                    value(List.of(POLICY), document.get(POLICY), Policy.class, places, out.problems), Policy.DEFAULT);
            policy.check((key, message) ->
                    out.problems.add(new Problem(places.apply(List.of(POLICY, key)), POLICY + "." + key, message)));
            for (ResourceId id : policy.paused().keySet()) {
                List<String> path = List.of(POLICY, "paused", id.toString());
                out.named.add(new Collector.Named(id, places.apply(path), String.join(".", path), Place.NOWHERE));
            }
        }
        readSections(Scope.OWN, List.of(), document, places, out);
        if (document.has(USERS)) {
            for (Map.Entry<String, JsonNode> user : document.get(USERS).properties()) {
                readSections(Scope.of(user.getKey()), List.of(USERS, user.getKey()), user.getValue(), places, out);
            }
        }
        out.settle();
        Collection<Desired<?>> ofSections = List.copyOf(out.resources.values());
        topics.forEach(topic -> readTopic(topic, document, ofSections, places, out, broken));
        Collection<Desired<?>> all = List.copyOf(out.resources.values());
        List<PortClaim> own = ports(policy, places);
        checks.forEach(check -> out.problems.addAll(check.check(all, own)));
        out.missing(broken);
        out.problems.addAll(upwards(out.resources));
        stopAt(out.problems);
        return new Declaration(digest(document), withoutSecrets(document), policy, files, out.resources);
    }

    /** The machine is kept without what is on top of it: nothing of it may need that. */
    private static List<Problem> upwards(Map<ResourceId, Desired<?>> resources) {
        List<Problem> problems = new ArrayList<>();
        resources.values().stream()
                .filter(d -> d.layer() == Layer.MACHINE)
                .forEach(d -> d.requires().stream()
                        .filter(id ->
                                resources.containsKey(id) && resources.get(id).layer() == Layer.STACK)
                        .sorted()
                        .forEach(id -> problems.add(new Problem(
                                d.place(),
                                d.id().toString(),
                                "needs " + id + ", which is part of the AI stack: the machine is kept without that;"
                                        + " declare " + id + " by itself"))));
        return problems;
    }

    /** What the daemon itself listens on. */
    private static List<PortClaim> ports(Policy policy, Function<List<String>, Place> places) {
        if (policy.metrics() == null) {
            return List.of();
        }
        List<String> path = List.of(POLICY, "metrics", "port");
        HostPort port = new HostPort("127.0.0.1", policy.metrics().port(), HostPort.Protocol.TCP);
        return List.of(new PortClaim("policy.metrics", port, places.apply(path), String.join(".", path)));
    }

    private void readSections(
            Scope scope, List<String> above, JsonNode node, Function<List<String>, Place> places, Collector out) {
        for (Section<?> section : sections) {
            JsonNode entries = node.get(section.key());
            if (entries != null) {
                readSection(section, scope, above, entries, places, out);
            }
        }
    }

    private static <E> void readSection(
            Section<E> section,
            Scope scope,
            List<String> above,
            JsonNode entries,
            Function<List<String>, Place> places,
            Collector out) {
        for (Map.Entry<String, JsonNode> e : entries.properties()) {
            List<String> path = new ArrayList<>(above);
            path.add(section.key());
            path.add(e.getKey());
            E value = value(path, e.getValue(), section.entryType(), places, out.problems);
            if (value == null) {
                out.unread.add(e.getKey());
                continue;
            }
            Function<String, Place> below = field -> {
                List<String> full = new ArrayList<>(path);
                if (!field.isEmpty()) {
                    full.addAll(List.of(field.split("\\.")));
                }
                return places.apply(full);
            };
            out.key = String.join(".", path);
            int before = out.resources.size();
            section.read(new Section.Entry<>(scope, e.getKey(), value, places.apply(path), below), out);
            if (out.resources.size() == before) {
                out.unread.add(e.getKey());
            }
        }
    }

    private static void readTopic(
            Topic topic,
            ObjectNode document,
            Collection<Desired<?>> elsewhere,
            Function<List<String>, Place> places,
            Collector out,
            Broken broken) {
        Function<String, Place> at = path -> places.apply(List.of(path.split("\\.")));
        TopicValues.Reading values = new TopicValues.Reading();
        for (Topic.Key<?> key : topic.keys()) {
            JsonNode node = document.get(key.name());
            if (node != null
                    && !values.take(key, node, (path, json) -> value(path, json, key.type(), places, out.problems))) {
                broken.unreadable(key.name());
            }
        }
        Set<String> users = new TreeSet<>();
        if (document.has(USERS)) {
            document.get(USERS).fieldNames().forEachRemaining(users::add);
        }
        topic.read(values.done(broken.isComplete(topic), at, users, elsewhere, out.asked), new Topic.Findings() {
            @Override
            public void add(Desired<?> desired) {
                out.key = topic.keys().getFirst().name();
                out.add(desired);
            }

            @Override
            public void problem(String path, String message) {
                out.problems.add(new Problem(at.apply(path), path, message));
            }
        });
    }

    private static <T> T value(
            List<String> path,
            JsonNode node,
            Class<T> type,
            Function<List<String>, Place> places,
            List<Problem> problems) {
        try {
            return Json.MAPPER.treeToValue(node, type);
        } catch (JsonProcessingException e) {
            List<String> full = new ArrayList<>(path);
            if (e instanceof com.fasterxml.jackson.databind.JsonMappingException m) {
                m.getPath()
                        .forEach(r ->
                                full.add(r.getFieldName() != null ? r.getFieldName() : String.valueOf(r.getIndex())));
            }
            String message = message(e);
            problems.add(new Problem(places.apply(full), String.join(".", full), message));
            return null;
        }
    }

    /** Of what the schema let pass and the records did not. */
    private static String message(JsonProcessingException e) {
        if (e.getCause() instanceof IllegalArgumentException ours) {
            return ours.getMessage();
        }
        if (e instanceof InvalidFormatException format && format.getTargetType() == Instant.class) {
            return "expected a time such as 2026-12-01T08:00:00Z, found " + quoted(String.valueOf(format.getValue()));
        }
        return e.getOriginalMessage();
    }

    private static final class Collector implements Section.Resources {
        /** Another resource that an entry names. */
        private record Named(ResourceId id, Place place, String key, Place by) {}

        final List<Problem> problems;
        final TreeMap<ResourceId, Desired<?>> resources = new TreeMap<>();
        final List<Named> named = new ArrayList<>();
        /** Names of entries that became no resource. */
        final List<String> unread = new ArrayList<>();

        /** By id: what several entries want. */
        final TreeMap<ResourceId, Desired<?>> shared = new TreeMap<>();

        final List<SystemOptions> asked = new ArrayList<>();

        String key = "";

        Collector(List<Problem> problems) {
            this.problems = problems;
        }

        @Override
        public void add(Desired<?> desired) {
            Desired<?> before = resources.put(desired.id(), desired);
            if (before != null) {
                problems.add(new Problem(
                        desired.place(), key, desired.id() + " is declared a second time, first at " + before.place()));
            }
        }

        @Override
        public void share(Desired<?> desired) {
            shared.putIfAbsent(desired.id(), desired);
        }

        @Override
        public void ask(SystemOptions options) {
            asked.add(options);
        }

        /** After all sections: what is shared and not declared by itself is declared too. */
        void settle() {
            shared.forEach(resources::putIfAbsent);
        }

        @Override
        public void problem(Section.Entry<?> entry, String field, String message) {
            problems.add(new Problem(entry.places().apply(field), field.isEmpty() ? key : key + "." + field, message));
        }

        @Override
        public void names(Section.Entry<?> entry, String field, ResourceId id) {
            named.add(new Named(id, entry.places().apply(field), key + "." + field, entry.place()));
        }

        /** What is named and not declared; not what an entry that cannot be read may be. */
        void missing(Broken broken) {
            broken.names.addAll(unread);
            for (Named n : named) {
                if (!resources.containsKey(n.id()) && !broken.mayBe(n.id())) {
                    List<String> known = resources.values().stream()
                            .filter(d -> d.id().scope().equals(n.id().scope())
                                    && !d.place().equals(n.by()))
                            .map(d -> d.id().toString())
                            .toList();
                    String near = NearestKey.of(n.id().toString(), known)
                            .map(id -> ": did you mean " + quoted(id) + "?")
                            .orElse(": declare it, or take it out");
                    problems.add(
                            new Problem(n.place(), n.key(), quoted(n.id().toString()) + " is not declared" + near));
                }
            }
        }
    }

    /** What may be kept and shown: sections take out what is sensitive. */
    private JsonNode withoutSecrets(ObjectNode document) {
        ObjectNode copy = document.deepCopy();
        redact(copy);
        if (copy.get(USERS) != null) {
            copy.get(USERS).forEach(user -> redact((ObjectNode) user));
        }
        return copy;
    }

    private void redact(ObjectNode node) {
        for (Section<?> section : sections) {
            if (node.get(section.key()) instanceof ObjectNode entries) {
                Map<String, JsonNode> redacted = new LinkedHashMap<>();
                entries.properties().forEach(e -> redacted.put(e.getKey(), section.withoutSecrets(e.getValue())));
                redacted.forEach(entries::set);
            }
        }
    }

    /** The same content has the same revision, however it is spread over files and ordered in them. */
    private static String digest(JsonNode document) {
        try {
            Object plain =
                    Json.MAPPER.treeToValue(document, Object.class); // maps are written in the order of their keys
            return Sha256.hex(Json.write(plain));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("what was parsed can be written", e);
        }
    }

    private static void stopAt(List<Problem> problems) throws InvalidDeclaration {
        if (!problems.isEmpty()) {
            List<Problem> sorted = new ArrayList<>(problems);
            sorted.sort(Comparator.comparing((Problem p) -> p.place().file())
                    .thenComparingInt(p -> p.place().line())
                    .thenComparingInt(p -> p.place().column()));
            throw new InvalidDeclaration(sorted);
        }
    }
}
