package dev.homeostat.control;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.Error;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.homeostat.resource.Json;
import io.restassured.response.Response;
import io.restassured.specification.RequestSpecification;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** The OpenAPI document of a running server, held against what it answers. */
public final class Contract {
    private static final SchemaRegistry SCHEMAS = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);
    private static final Set<String> METHODS = Set.of("get", "put", "post", "delete", "patch", "head", "options");
    private static final String JSON = "application/json";
    private static final String PROBLEM = "application/problem+json";

    private final Path socket;
    private final JsonNode document;
    private final Set<String> seen = new TreeSet<>();

    /** A request that is as it should be. */
    public record Sample(String path, String type, String body) {
        public static Sample of(String path) {
            return new Sample(path, "", "");
        }

        public static Sample json(String path, String body) {
            return new Sample(path, JSON, body);
        }

        public static Sample yaml(String path, String body) {
            return new Sample(path, "application/yaml", body);
        }

        public Sample with(String anotherPath) {
            return new Sample(anotherPath, type, body);
        }

        public Sample sent(String anotherType, String anotherBody) {
            return new Sample(path, anotherType, anotherBody);
        }
    }

    private Contract(Path socket, JsonNode document) {
        this.socket = socket;
        this.document = document;
    }

    public static Contract of(Path socket) {
        String text = OverSocket.given(socket)
                .get("/v1/openapi?format=json")
                .then()
                .statusCode(200)
                .contentType(JSON)
                .extract()
                .asString();
        return new Contract(socket, Json.read(text, JsonNode.class));
    }

    /** All, as {@code GET /v1/status}. */
    public Set<String> operations() {
        Set<String> operations = new TreeSet<>();
        document.get("paths")
                .properties()
                .forEach(path -> path.getValue().fieldNames().forEachRemaining(method -> {
                    if (METHODS.contains(method)) {
                        operations.add(method.toUpperCase(Locale.ROOT) + " " + path.getKey());
                    }
                }));
        return operations;
    }

    /** All answers, as {@code GET /v1/status 200}. */
    public Set<String> answers() {
        Set<String> answers = new TreeSet<>();
        for (String operation : operations()) {
            operation(operation).get("responses").fieldNames().forEachRemaining(s -> answers.add(operation + " " + s));
        }
        return answers;
    }

    /** Answers that were seen and checked so far. */
    public Set<String> seen() {
        return seen;
    }

    public boolean lists(String operation, int status) {
        return operation(operation).get("responses").has(Integer.toString(status));
    }

    public boolean takesABody(String operation) {
        return operation(operation).has("requestBody");
    }

    private JsonNode operation(String operation) {
        String[] words = operation.split(" ");
        return document.get("paths").get(words[1]).get(words[0].toLowerCase(Locale.ROOT));
    }

    /** Sends it and checks the answer. */
    public Response send(String operation, Sample sample, String accept) {
        RequestSpecification request = OverSocket.given(socket);
        if (!accept.isEmpty()) {
            request = request.accept(accept);
        }
        if (!sample.type().isEmpty()) {
            request = request.contentType(sample.type()).body(sample.body());
        }
        Response answer = request.request(operation.split(" ")[0], sample.path());
        check(operation, answer.statusCode(), answer.contentType(), answer.asString());
        return answer;
    }

    /** That status is documented for that operation, with that content type and a body of that shape. */
    public void check(String operation, int status, String type, String body) {
        String what = operation + " " + status;
        JsonNode answer = operation(operation).get("responses").path(Integer.toString(status));
        assertThat(answer.isMissingNode())
                .as("%s is not documented; it said: %s", what, body)
                .isFalse();
        if (answer.has("$ref")) {
            answer = document.at(answer.get("$ref").asText().substring(1));
        }
        assertThat(answer.path("description").asText()).as(what).isNotBlank();
        JsonNode content = answer.path("content");
        if (content.isEmpty()) {
            assertThat(body).as(what).isEmpty();
        } else {
            String bare = type.split(";")[0].strip();
            assertThat(content.has(bare))
                    .as("%s with %s, documented are %s", what, type, content)
                    .isTrue();
            if (bare.endsWith("json")) {
                assertThat(problems(content.get(bare).get("schema"), body))
                        .as("%s: %s", what, body)
                        .isEmpty();
            } else {
                assertThat(body).as(what).isNotEmpty();
            }
            if (status >= 400 && bare.equals(PROBLEM)) {
                JsonNode problem = Json.read(body, JsonNode.class);
                assertThat(problem.get("status").asInt()).as(what).isEqualTo(status);
                assertThat(problem.get("detail").asText()).as(what).isNotBlank();
            }
        }
        seen.add(what);
    }

    /** Nothing in the body that is not in the schema, and all of it as the schema has it. */
    private List<String> problems(JsonNode schema, String body) {
        ObjectNode whole = schema.deepCopy();
        whole.set("components", document.get("components").deepCopy());
        close(whole);
        List<String> problems = new ArrayList<>();
        for (Error error : SCHEMAS.getSchema(whole).validate(Json.read(body, JsonNode.class))) {
            problems.add(error.getInstanceLocation() + ": " + error.getMessage());
        }
        return problems;
    }

    private static void close(JsonNode node) {
        if (node instanceof ObjectNode object
                && object.path("properties").isObject()
                && object.path("type").asText().equals("object")
                && !object.has("additionalProperties")) {
            object.put("additionalProperties", false);
        }
        node.forEach(Contract::close);
    }

    /** Names of schemas that nothing refers to, or that are referred to and not there. */
    public Set<String> looseEnds() {
        Set<String> there = new TreeSet<>();
        Set<String> wanted = new TreeSet<>();
        for (Map.Entry<String, JsonNode> sort : document.get("components").properties()) {
            sort.getValue()
                    .fieldNames()
                    .forEachRemaining(name -> there.add("#/components/" + sort.getKey() + "/" + name));
        }
        document.findValues("$ref").forEach(ref -> wanted.add(ref.asText()));
        Set<String> loose = new TreeSet<>(there);
        loose.removeAll(wanted);
        wanted.removeAll(there);
        loose.addAll(wanted);
        return loose;
    }
}
