package dev.homeostat.control.api;

import com.fasterxml.jackson.databind.JsonNode;
import dev.homeostat.control.access.Access;
import dev.homeostat.control.access.NotPermitted;
import dev.homeostat.reconcile.Engine;
import dev.homeostat.reconcile.Refusal;
import dev.homeostat.reconcile.RevisionInfo;
import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.core.http.HttpServerRequest;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/** Earlier declarations. */
@Path("/v1")
@Produces(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
@Tag(name = "revisions", description = "Accepted declarations")
public class RevisionsApi {
    private final Engine engine;
    private final Access access;

    RevisionsApi(Engine engine, Access access) {
        this.engine = engine;
        this.access = access;
    }

    /** @param revision its id or a unique prefix of 8 digits or more */
    @Schema(name = "RollbackRequest")
    public record RollbackRequest(
            @Schema(description = "Id, or a unique prefix of it of 8 digits or more")
            String revision) {}

    @GET
    @Path("revisions")
    @Operation(summary = "The accepted declarations, newest first")
    public List<RevisionInfo> revisions() {
        return engine.revisions();
    }

    @GET
    @Path("revisions/{id}")
    @Operation(summary = "The canonical content of a revision, without sensitive content")
    public JsonNode revision(
            @Parameter(description = "Id, or a unique prefix of it of 8 digits or more") @PathParam("id") String id)
            throws Refusal {
        return engine.revision(id);
    }

    @POST
    @Path("rollback")
    @Consumes(MediaType.APPLICATION_JSON)
    @Operation(
            summary = "Return to an earlier revision",
            description = "Takes it in force and holds it until machine.yaml is edited or applied.")
    public RevisionInfo rollback(RollbackRequest request, @Context HttpServerRequest http)
            throws Refusal, NotPermitted {
        String revision =
                Arguments.present("revision", Arguments.present(request).revision());
        return access.change(
                access.peer(http), "rollback", "revision " + revision, actor -> engine.rollback(revision, actor));
    }
}
