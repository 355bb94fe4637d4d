package dev.homeostat.control.api;

import dev.homeostat.control.api.ErrorDocument.Sort;
import io.quarkus.smallrye.openapi.OpenApiFilter;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.eclipse.microprofile.openapi.OASFactory;
import org.eclipse.microprofile.openapi.OASFilter;
import org.eclipse.microprofile.openapi.models.OpenAPI;
import org.eclipse.microprofile.openapi.models.Operation;
import org.eclipse.microprofile.openapi.models.PathItem;
import org.eclipse.microprofile.openapi.models.media.MediaType;
import org.eclipse.microprofile.openapi.models.media.Schema;
import org.eclipse.microprofile.openapi.models.responses.APIResponse;

/**
 * What the OpenAPI document says beyond the annotations: which errors each operation answers with, and which properties are
 * always there. In one place, because both follow from rules; at build time, so that it costs no start. The tests of the
 * contract hold the result against the running server.
 */
@OpenApiFilter(stages = OpenApiFilter.RunStage.BUILD)
public final class ApiDocument implements OASFilter {
    /** Written in META-INF/openapi.yaml: served by Quarkus, which has its own ways of saying no. */
    static final Set<String> ELSEWHERE =
            Set.of("/v1/openapi", "/q/metrics", "/q/health", "/q/health/live", "/q/health/ready", "/q/health/started");

    /** The loop says no, or access does. */
    private static final Map<String, Set<Sort>> REFUSALS = Map.ofEntries(
            Map.entry("GET /v1/resources/{id}", EnumSet.of(Sort.NOT_FOUND)),
            Map.entry("GET /v1/facts", EnumSet.of(Sort.CONFLICT)),
            Map.entry("POST /v1/test", EnumSet.of(Sort.NOT_PERMITTED)),
            Map.entry("GET /v1/plan", EnumSet.of(Sort.NOT_FOUND, Sort.INVALID)),
            Map.entry("POST /v1/plan", EnumSet.of(Sort.NOT_PERMITTED, Sort.INVALID)),
            Map.entry(
                    "POST /v1/apply",
                    EnumSet.of(Sort.NOT_PERMITTED, Sort.NOT_FOUND, Sort.CONFLICT, Sort.MOVED, Sort.INVALID)),
            Map.entry("POST /v1/poll", EnumSet.of(Sort.NOT_PERMITTED, Sort.CONFLICT, Sort.INVALID)),
            Map.entry("POST /v1/deploy", EnumSet.of(Sort.NOT_PERMITTED, Sort.CONFLICT, Sort.INVALID)),
            Map.entry("DELETE /v1/deploy", EnumSet.of(Sort.NOT_PERMITTED, Sort.CONFLICT, Sort.INVALID)),
            Map.entry("GET /v1/inputs", EnumSet.of(Sort.CONFLICT, Sort.INVALID)),
            Map.entry("POST /v1/inputs/update", EnumSet.of(Sort.NOT_PERMITTED, Sort.CONFLICT, Sort.INVALID)),
            Map.entry("POST /v1/inputs/restore", EnumSet.of(Sort.NOT_PERMITTED, Sort.CONFLICT, Sort.INVALID)),
            Map.entry("POST /v1/reload", EnumSet.of(Sort.NOT_PERMITTED)),
            Map.entry("GET /v1/revisions/{id}", EnumSet.of(Sort.NOT_FOUND)),
            Map.entry("POST /v1/rollback", EnumSet.of(Sort.NOT_PERMITTED, Sort.NOT_FOUND, Sort.INVALID)),
            Map.entry("POST /v1/approve", EnumSet.of(Sort.NOT_PERMITTED, Sort.NOT_FOUND, Sort.CONFLICT)),
            Map.entry("POST /v1/decline", EnumSet.of(Sort.NOT_PERMITTED, Sort.NOT_FOUND, Sort.CONFLICT)),
            Map.entry(
                    "POST /v1/proposals", EnumSet.of(Sort.NOT_PERMITTED, Sort.NOT_FOUND, Sort.CONFLICT, Sort.INVALID)),
            Map.entry(
                    "GET /v1/proposals/{hash}",
                    EnumSet.of(Sort.NOT_PERMITTED, Sort.NOT_FOUND, Sort.MOVED, Sort.INVALID)),
            Map.entry(
                    "POST /v1/proposals/{hash}/approve",
                    EnumSet.of(Sort.NOT_PERMITTED, Sort.NOT_FOUND, Sort.CONFLICT, Sort.MOVED, Sort.INVALID)),
            Map.entry("DELETE /v1/proposals/{hash}", EnumSet.of(Sort.NOT_PERMITTED, Sort.NOT_FOUND)),
            Map.entry("POST /v1/confirm", EnumSet.of(Sort.NOT_PERMITTED, Sort.NOT_FOUND, Sort.CONFLICT)),
            Map.entry("POST /v1/retry/{id}", EnumSet.of(Sort.NOT_PERMITTED, Sort.NOT_FOUND)),
            Map.entry("PUT /v1/pauses/{id}", EnumSet.of(Sort.NOT_PERMITTED, Sort.NOT_FOUND, Sort.CONFLICT)),
            Map.entry("DELETE /v1/pauses/{id}", EnumSet.of(Sort.NOT_PERMITTED, Sort.NOT_FOUND, Sort.CONFLICT)));

    /** What is checked before anybody is asked: ids and numbers. */
    private static final Set<String> ARGUMENTS = Set.of(
            "GET /v1/resources",
            "GET /v1/resources/{id}",
            "GET /v1/history",
            "GET /v1/audit",
            "GET /v1/deployments",
            "POST /v1/retry/{id}",
            "PUT /v1/pauses/{id}",
            "DELETE /v1/pauses/{id}");

    /** The answer has begun before the work does: a mistake is told in its lines. */
    private static final Set<String> STREAMED = Set.of("GET /v1/events", "POST /v1/console");

    /** Only sent, so nothing of them is always there but what the program checks. */
    private static final Set<String> REQUESTS = Set.of(
            "ApplyRequest",
            "ConfirmRequest",
            "DeployRequest",
            "UpdateRequest",
            "Decision",
            "PauseRequest",
            "ProposalRequest",
            "RollbackRequest",
            "Invocation");

    private static final String JSON = "application/json";
    private static final String COMPONENT = "#/components/responses/";

    @Override
    public void filterOpenAPI(OpenAPI document) {
        Set<Sort> used = EnumSet.noneOf(Sort.class);
        for (Map.Entry<String, PathItem> path :
                document.getPaths().getPathItems().entrySet()) {
            if (!ELSEWHERE.contains(path.getKey())) {
                path.getValue().getOperations().forEach((method, operation) -> {
                    Set<Sort> errors = errors(method + " " + path.getKey(), operation);
                    used.addAll(errors);
                    for (Sort sort : errors) {
                        operation
                                .getResponses()
                                .addAPIResponse(
                                        Integer.toString(sort.status()),
                                        OASFactory.createAPIResponse().ref(COMPONENT + sort.label()));
                    }
                });
            }
        }
        used.forEach(sort -> document.getComponents().addResponse(sort.label(), response(sort)));
        // to the scanner, a JsonNode that may be absent is a list, because it can be iterated over
        document.getComponents().getSchemas().get("Explanation").addProperty("observed", orAbsent("Json"));
        // and an enum that may be absent is one that is always there
        document.getComponents().getSchemas().get("Machine").addProperty("bootLoader", orAbsent("BootLoader"));
        document.getComponents().getSchemas().forEach((name, schema) -> {
            if (!REQUESTS.contains(name)) {
                alwaysThere(schema);
            }
        });
    }

    private static Schema orAbsent(String name) {
        return OASFactory.createSchema()
                .addAnyOf(OASFactory.createSchema().ref("#/components/schemas/" + name))
                .addAnyOf(OASFactory.createSchema().addType(Schema.SchemaType.NULL));
    }

    private static APIResponse response(Sort sort) {
        Schema error = OASFactory.createSchema().ref("#/components/schemas/Error");
        return OASFactory.createAPIResponse()
                .description(sort.title())
                .content(OASFactory.createContent()
                        .addMediaType(
                                ErrorDocument.MEDIA_TYPE,
                                OASFactory.createMediaType().schema(error)));
    }

    private static Set<Sort> errors(String operation, Operation model) {
        Set<Sort> errors = EnumSet.noneOf(Sort.class);
        errors.addAll(REFUSALS.getOrDefault(operation, Set.of()));
        errors.add(Sort.NOT_ACCEPTABLE);
        errors.add(Sort.TOO_LARGE); // also of a request that has no use for a body
        if (!STREAMED.contains(operation)) {
            errors.add(Sort.BUG);
        }
        if (ARGUMENTS.contains(operation)) {
            errors.add(Sort.MALFORMED);
        }
        if (model.getRequestBody() != null) {
            errors.add(Sort.MEDIA);
            Map<String, MediaType> forms = model.getRequestBody().getContent().getMediaTypes();
            if (forms.containsKey(JSON)) {
                errors.add(Sort.MALFORMED);
            }
        }
        return errors;
    }

    /** What may be absent may be null in the schema that is made of an Optional; everything else is written always. */
    private static void alwaysThere(Schema schema) {
        if (schema.getProperties() == null) {
            return;
        }
        List<String> required = new ArrayList<>();
        schema.getProperties().forEach((name, property) -> {
            if (!mayBeNull(property)) {
                required.add(name);
            }
        });
        schema.setRequired(required);
    }

    private static boolean mayBeNull(Schema schema) {
        return schema.getType() != null && schema.getType().contains(Schema.SchemaType.NULL)
                || schema.getAnyOf() != null && schema.getAnyOf().stream().anyMatch(ApiDocument::mayBeNull);
    }
}
