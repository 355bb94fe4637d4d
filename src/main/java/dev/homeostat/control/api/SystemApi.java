package dev.homeostat.control.api;

import dev.homeostat.control.access.Access;
import dev.homeostat.control.access.NotPermitted;
import dev.homeostat.reconcile.Engine;
import dev.homeostat.reconcile.Refusal;
import dev.homeostat.resource.SystemOrders;
import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.core.http.HttpServerRequest;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.util.List;
import java.util.Optional;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/** What an owner says about the system besides what is declared. */
@Path("/v1")
@Produces(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
@Tag(name = "system", description = "Where the system comes from")
public class SystemApi {
    private final SystemOrders orders;
    private final Engine engine;
    private final Access access;

    SystemApi(SystemOrders orders, Engine engine, Access access) {
        this.orders = orders;
        this.engine = engine;
        this.access = access;
    }

    /** A system that is to be in force. */
    @Schema(name = "DeployRequest")
    public record DeployRequest(
            @Schema(description = "Path of a system in the store")
            String path,

            @Schema(description = "switch, boot or test; the declared one if absent")
            Optional<String> operation) {}

    /** Which inputs are to be newer. */
    @Schema(name = "UpdateRequest")
    public record UpdateRequest(
            @Schema(description = "All if absent or empty") List<String> names) {}

    @POST
    @Path("poll")
    @Operation(
            summary = "Ask the declared repository for news, now",
            description = "Waits for the answer. What is news is deployed by the loop.")
    public SystemOrders.Polled poll(@Context HttpServerRequest http) throws Refusal, NotPermitted {
        return access.change(
                access.peer(http),
                "poll",
                orders.resource().toString(),
                actor -> Refusal.forTrouble(() -> orders.poll()));
    }

    @POST
    @Path("deploy")
    @Consumes(MediaType.APPLICATION_JSON)
    @Operation(
            summary = "Put a system that was built elsewhere in force",
            description = "Instead of what is declared, until that changes or the order is ended. Returns at once.")
    @APIResponse(
            responseCode = "202",
            description = "Begun",
            content = @Content(schema = @Schema(implementation = SystemOrders.Order.class)))
    public Response deploy(DeployRequest request, @Context HttpServerRequest http) throws Refusal, NotPermitted {
        String path = Arguments.present("path", Arguments.present(request).path());
        return access.change(access.peer(http), "deploy", path, actor -> {
            SystemOrders.Order order =
                    Refusal.forTrouble(() -> orders.deploy(path, request.operation(), actor.toString()));
            engine.retry(orders.resource(), actor);
            return Response.accepted(order).build();
        });
    }

    @DELETE
    @Path("deploy")
    @Operation(summary = "End such an order: what is declared is put in force again")
    @APIResponse(responseCode = "204", description = "Ended, or there was none")
    public Response declared(@Context HttpServerRequest http) throws Refusal, NotPermitted {
        return access.change(access.peer(http), "deploy", "what is declared", actor -> {
            Refusal.forTrouble(() -> orders.declared());
            return Response.noContent().build();
        });
    }

    @GET
    @Path("inputs")
    @Operation(summary = "What the generated system is locked to")
    public SystemOrders.Inputs inputs() throws Refusal {
        return Refusal.forTrouble(() -> orders.inputs());
    }

    @POST
    @Path("inputs/update")
    @Consumes(MediaType.APPLICATION_JSON)
    @Operation(
            summary = "Lock inputs of the generated system to what is newest",
            description = "Waits until they are fetched. Those before are kept. The loop deploys what becomes of it.")
    public SystemOrders.InputsChange update(UpdateRequest request, @Context HttpServerRequest http)
            throws Refusal, NotPermitted {
        List<String> names = Optional.ofNullable(Arguments.present(request).names())
                .map(Arguments::withoutNull)
                .orElse(List.of());
        return access.change(
                access.peer(http),
                "update inputs",
                names.isEmpty() ? "all" : String.join(", ", names),
                actor -> Refusal.forTrouble(() -> orders.updateInputs(names, progress -> {})));
    }

    @POST
    @Path("inputs/restore")
    @Operation(summary = "Go back to the inputs before; those of now are kept instead")
    public SystemOrders.InputsChange restore(@Context HttpServerRequest http) throws Refusal, NotPermitted {
        return access.change(
                access.peer(http),
                "restore inputs",
                "those before",
                actor -> Refusal.forTrouble(() -> orders.restoreInputs()));
    }
}
