package dev.homeostat.control.api;

import dev.homeostat.reconcile.AuditEntry;
import dev.homeostat.reconcile.Engine;
import dev.homeostat.reconcile.Explanation;
import dev.homeostat.reconcile.MachineStatus;
import dev.homeostat.reconcile.Refusal;
import dev.homeostat.reconcile.ResourceStatus;
import dev.homeostat.reconcile.RunInfo;
import dev.homeostat.resource.Condition;
import dev.homeostat.resource.Deployed;
import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.core.http.HttpServerRequest;
import jakarta.ws.rs.DefaultValue;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import java.util.List;
import java.util.Optional;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/** How the machine stands, and how it came to that. */
@Path("/v1")
@Produces(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
@Tag(name = "machine", description = "How the machine stands, and what was done")
public class StatusApi {
    private static final String RESOURCES = "/v1/resources/";
    private static final int MOST = 10_000;

    private final Engine engine;

    StatusApi(Engine engine) {
        this.engine = engine;
    }

    /** Which program answers. */
    public record Version(String version, String api, long pid) {}

    @GET
    @Path("status")
    @Operation(summary = "Is the machine right?")
    public MachineStatus status() {
        return engine.status();
    }

    @GET
    @Path("version")
    @Operation(summary = "Which program answers")
    public Version version() {
        MachineStatus status = engine.status();
        return new Version(status.version(), "v1", status.pid());
    }

    @GET
    @Path("resources")
    @Operation(summary = "The resources, as of their last look")
    public List<ResourceStatus> resources(
            @Parameter(description = "Only those of this kind") @QueryParam("kind") Optional<String> kind,
            @Parameter(description = "Only those in this condition, such as Drifted") @QueryParam("condition")
                    Optional<String> condition) {
        condition.ifPresent(StatusApi::known);
        return engine.status().resources().stream()
                .filter(r -> kind.isEmpty() || r.id().kind().equals(kind.get()))
                .filter(r -> condition.isEmpty() || r.condition().label().equalsIgnoreCase(condition.get()))
                .toList();
    }

    @GET
    @Path("resources/{id: .+}")
    @Operation(
            summary = "All that is known of one resource",
            description = "Looks at it afresh. The id may hold slashes, plain or as %2F; a kind of which there is one"
                    + " resource, such as ai, will do.")
    public Explanation explain(@PathParam("id") String id, @Context HttpServerRequest request) throws Refusal {
        return engine.explain(Arguments.oneAfter(engine, request, RESOURCES));
    }

    @GET
    @Path("history")
    @Operation(summary = "What was done, newest first")
    public List<RunInfo> history(
            @Parameter(description = "Only the runs of this resource") @QueryParam("resource")
                    Optional<String> resource,
            @Parameter(description = "true: only what put right a drift; false: only what else was done")
                    @QueryParam("drift")
                    Optional<Boolean> drift,
            @QueryParam("limit") @DefaultValue("50") int limit) {
        return engine.history(resource.map(Arguments::id), drift, Arguments.limit(limit, MOST));
    }

    @GET
    @Path("deployments")
    @Operation(
            summary = "What became of deployments, newest first",
            description = "Each with the point to roll back to that it had. The first is the last report.")
    public List<Deployed> deployments(@QueryParam("limit") @DefaultValue("20") int limit) {
        return engine.deployments(Arguments.limit(limit, MOST));
    }

    @GET
    @Path("audit")
    @Operation(summary = "Who asked for what through this socket, newest first; also what was refused")
    public List<AuditEntry> audit(@QueryParam("limit") @DefaultValue("50") int limit) {
        return engine.audit(Arguments.limit(limit, MOST));
    }

    private static void known(String condition) {
        for (Condition c : Condition.values()) {
            if (c.label().equalsIgnoreCase(condition)) {
                return;
            }
        }
        throw new MalformedRequest("\"" + condition + "\" is not a condition");
    }
}
