package dev.homeostat.control.api;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.homeostat.control.access.Access;
import dev.homeostat.control.access.NotPermitted;
import dev.homeostat.reconcile.ApprovalRequest;
import dev.homeostat.reconcile.Confirmed;
import dev.homeostat.reconcile.Engine;
import dev.homeostat.reconcile.Pause;
import dev.homeostat.reconcile.Refusal;
import dev.homeostat.resource.ResourceId;
import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.core.http.HttpServerRequest;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
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

/** What only the owner decides: approvals and pauses. */
@Path("/v1")
@Produces(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
@Tag(name = "owner", description = "What waits for a person, and what is left alone")
public class OwnersApi {
    private static final String PAUSES = "/v1/pauses/";
    private static final String RETRY = "/v1/retry/";

    private final Engine engine;
    private final Access access;

    OwnersApi(Engine engine, Access access) {
        this.engine = engine;
        this.access = access;
    }

    /** @param token of an approval request, or the id of a resource that has one */
    @Schema(name = "Decision")
    public record Decision(
            @Schema(description = "Token of the request, or the id of the resource")
            String token) {}

    /** @param resource only that of this one */
    @Schema(name = "ConfirmRequest")
    public record ConfirmRequest(
            @Schema(description = "Only what is tried of this resource; all that is tried if absent")
            Optional<String> resource) {}

    /** Why a resource is left alone, and for how long. */
    @Schema(name = "PauseRequest")
    public record PauseRequest(
            @Schema(description = "Why; shown in status") String reason,

            @Schema(description = "For how long; until resumed if absent", examples = "2h", name = "for")
            @JsonProperty("for")
            Optional<String> howLong) {}

    @GET
    @Path("approvals")
    @Operation(summary = "Actions that wait for a person")
    public List<ApprovalRequest> approvals() {
        return engine.approvals();
    }

    @POST
    @Path("approve")
    @Consumes(MediaType.APPLICATION_JSON)
    @Operation(summary = "Let one waiting action run, once")
    public ApprovalRequest approve(Decision decision, @Context HttpServerRequest http) throws Refusal, NotPermitted {
        String token = Arguments.present("token", Arguments.present(decision).token());
        return access.change(access.peer(http), "approve", token, actor -> engine.approve(token, actor));
    }

    @POST
    @Path("decline")
    @Consumes(MediaType.APPLICATION_JSON)
    @Operation(
            summary = "Say no to a waiting action",
            description = "It is not asked for again until the difference is another.")
    public ApprovalRequest decline(Decision decision, @Context HttpServerRequest http) throws Refusal, NotPermitted {
        String token = Arguments.present("token", Arguments.present(decision).token());
        return access.change(access.peer(http), "decline", token, actor -> engine.decline(token, actor));
    }

    @POST
    @Path("confirm")
    @Consumes(MediaType.APPLICATION_JSON)
    @Operation(
            summary = "Say that what was put in force for a try is good",
            description = "Without that, the generation before comes back when deployment.confirm has passed.")
    public List<Confirmed> confirm(ConfirmRequest request, @Context HttpServerRequest http)
            throws Refusal, NotPermitted {
        Optional<ResourceId> id = Arguments.present(request).resource().map(Arguments::id);
        return access.change(
                access.peer(http),
                "confirm",
                id.map(ResourceId::toString).orElse("what is tried"),
                actor -> engine.confirm(id, actor));
    }

    @POST
    @Path("retry/{id: .+}")
    @Operation(
            summary = "Try a resource again, now",
            description =
                    "Without the pause after failures, and also what was given up until it changes. Returns at once.")
    @APIResponse(responseCode = "202", description = "Begun")
    public Response retry(@PathParam("id") String path, @Context HttpServerRequest http) throws Refusal, NotPermitted {
        ResourceId id = Arguments.idAfter(http, RETRY);
        return access.change(access.peer(http), "retry", id.toString(), actor -> {
            engine.retry(id, actor);
            return Response.accepted().build();
        });
    }

    @GET
    @Path("pauses")
    @Operation(summary = "Resources that are left alone for now")
    public List<Pause> pauses() {
        return engine.pauses();
    }

    @PUT
    @Path("pauses/{id: .+}")
    @Consumes(MediaType.APPLICATION_JSON)
    @Operation(summary = "Leave a resource alone for now")
    public Pause pause(@PathParam("id") String path, PauseRequest request, @Context HttpServerRequest http)
            throws Refusal, NotPermitted {
        ResourceId id = Arguments.idAfter(http, PAUSES);
        String reason = Arguments.present("reason", Arguments.present(request).reason());
        if (reason.length() > Pause.REASON_LIMIT_CHARS) {
            throw new MalformedRequest("reason has at most " + Pause.REASON_LIMIT_CHARS + " characters");
        }
        Optional<Duration> howLong = request.howLong().map(text -> Arguments.duration("for", text, Pause.LONGEST));
        if (howLong.filter(Duration::isZero).isPresent()) {
            throw new MalformedRequest("for has to be more than 0s; leave it out to pause until resumed");
        }
        return access.change(
                access.peer(http), "pause", id.toString(), actor -> engine.pause(id, reason, howLong, actor));
    }

    @DELETE
    @Path("pauses/{id: .+}")
    @Operation(summary = "Take a resource up again")
    @APIResponse(responseCode = "204", description = "Taken up again")
    public Response resume(@PathParam("id") String path, @Context HttpServerRequest http) throws Refusal, NotPermitted {
        ResourceId id = Arguments.idAfter(http, PAUSES);
        return access.change(access.peer(http), "resume", id.toString(), actor -> {
            engine.resume(id, actor);
            return Response.noContent().build();
        });
    }
}
