package dev.homeostat.control.api;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.JsonNode;
import dev.homeostat.control.access.Access;
import dev.homeostat.control.access.NotPermitted;
import dev.homeostat.reconcile.Engine;
import dev.homeostat.reconcile.MachineStatus;
import dev.homeostat.reconcile.Plan;
import dev.homeostat.reconcile.Refusal;
import dev.homeostat.resource.Problem;
import dev.homeostat.resource.ResourceId;
import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.core.http.HttpServerRequest;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DefaultValue;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/** From a declaration to the machine: validate, plan, apply. */
@Path("/v1")
@Produces(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
@Tag(name = "declaration", description = "What machine.yaml says, and making the machine so")
public class PlanApi {
    static final String YAML = "application/yaml";
    /** Shorter than the idle time-out of the connection. */
    private static final Duration WAIT_LIMIT = Duration.ofMinutes(4);

    private final Engine engine;
    private final Access access;

    PlanApi(Engine engine, Access access) {
        this.engine = engine;
        this.access = access;
    }

    /**
     * @param plan hash of the plan that was seen
     * @param only just these resources
     * @param patience how long to wait, such as 30s
     */
    @Schema(name = "ApplyRequest")
    public record ApplyRequest(
            @Schema(description = "Hash of the plan that was seen: refused with 412 if it is another by now")
            Optional<String> plan,

            @Schema(description = "Just these resources, or ai for the stack on top of the machine; all if absent")
            Optional<List<String>> only,

            @Schema(
                    description = "How long to wait until all has settled, at most 4m; 0s does not wait",
                    examples = "30s",
                    name = "wait")
            @JsonProperty("wait")
            Optional<String> patience) {}

    /** What validation found. */
    @Schema(name = "Validation")
    public record Validation(boolean valid, List<Problem> problems) {}

    @GET
    @Path("plan")
    @Operation(summary = "What would be done now", description = "Looks at everything afresh. Changes nothing.")
    public Plan plan() throws Refusal {
        return engine.plan();
    }

    @POST
    @Path("plan")
    @Consumes({YAML, MediaType.TEXT_PLAIN, MediaType.APPLICATION_OCTET_STREAM})
    @Operation(
            summary = "What would be done for a candidate",
            description =
                    "The body is a machine.yaml that is not in place. Changes nothing, but shows the content of any file"
                            + " it names: so it is for those who may change things.")
    public Plan planFor(
            @QueryParam("name") @DefaultValue("machine.yaml") String name, byte[] yaml, @Context HttpServerRequest http)
            throws Refusal, NotPermitted {
        return access.change(
                access.peer(http), "plan", name, actor -> engine.plan(name, yaml == null ? new byte[0] : yaml));
    }

    @POST
    @Path("validate")
    @Consumes({YAML, MediaType.TEXT_PLAIN, MediaType.APPLICATION_OCTET_STREAM})
    @Operation(
            summary = "The problems of a candidate",
            description = "The body is a machine.yaml that is not in place. Looks at nothing but the text.")
    public Validation validate(@QueryParam("name") @DefaultValue("machine.yaml") String name, byte[] yaml) {
        List<Problem> problems = engine.validate(name, yaml == null ? new byte[0] : yaml);
        return new Validation(problems.isEmpty(), problems);
    }

    @POST
    @Path("apply")
    @Consumes(MediaType.APPLICATION_JSON)
    @Operation(
            summary = "Make the machine as declared, now",
            description = "Takes the declaration on disk in force, looks at everything and corrects it.")
    public MachineStatus apply(ApplyRequest request, @Context HttpServerRequest http) throws Refusal, NotPermitted {
        ApplyRequest wanted = Arguments.present(request);
        List<ResourceId> only = Arguments.ids(engine, wanted.only().orElse(List.of()));
        Duration wait = Arguments.duration("wait", wanted.patience().orElse("0s"), WAIT_LIMIT);
        String subject = wanted.plan().map(hash -> "plan " + hash).orElse("the declaration on disk");
        return access.change(
                access.peer(http), "apply", subject, actor -> engine.apply(wanted.plan(), only, wait, actor));
    }

    @POST
    @Path("reload")
    @Operation(
            summary = "Look at everything again",
            description = "Declaration and machine, as SIGHUP does. Returns at once.")
    @APIResponse(responseCode = "202", description = "Begun")
    public Response reload(@Context HttpServerRequest http) throws Refusal, NotPermitted {
        return access.change(access.peer(http), "reload", "everything", actor -> {
            engine.reload(actor);
            return Response.accepted().build();
        });
    }

    @GET
    @Path("schema")
    @Produces({MediaType.APPLICATION_JSON, "application/schema+json"})
    @Operation(summary = "The JSON Schema of machine.yaml")
    public JsonNode schema() {
        return engine.schema();
    }
}
