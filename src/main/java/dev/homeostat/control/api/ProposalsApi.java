package dev.homeostat.control.api;

import dev.homeostat.control.access.Access;
import dev.homeostat.control.access.NotPermitted;
import dev.homeostat.reconcile.Engine;
import dev.homeostat.reconcile.Proposal;
import dev.homeostat.reconcile.Refusal;
import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.core.http.HttpServerRequest;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import java.util.List;
import java.util.Optional;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/** Edits of the declaration that a person decides about. */
@Path("/v1")
@Produces(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
@Tag(name = "proposals", description = "Edits of the declaration that wait for a person")
public class ProposalsApi {
    private final Engine engine;
    private final Access access;

    ProposalsApi(Engine engine, Access access) {
        this.engine = engine;
        this.access = access;
    }

    /** An edit. */
    @Schema(name = "ProposalRequest")
    public record ProposalRequest(
            @Schema(description = "machine.yaml, which it is if absent, or the name of a file in machine.d")
            Optional<String> file,

            @Schema(description = "The whole text that the file is to have, at most 256 KiB")
            String content,

            @Schema(description = "Why, in one line; shown to the person who decides")
            String why,

            @Schema(
                    description =
                            "Refuse it, with 409, if the same is declared without it, in other words or in another place;"
                                    + " false if absent")
            Optional<Boolean> onlyIfChanged) {}

    @GET
    @Path("proposals")
    @Operation(summary = "The edits that wait", description = "Oldest first, without their content.")
    public List<Proposal> proposals() {
        return engine.proposals();
    }

    @POST
    @Path("proposals")
    @Consumes(MediaType.APPLICATION_JSON)
    @Operation(
            summary = "Propose an edit",
            description = "Checked as a whole with the other files, planned, and kept until a person approves or"
                    + " declines it. Changes nothing. For those who may change things: it shows what the file says.")
    public Proposal.Shown propose(ProposalRequest request, @Context HttpServerRequest http)
            throws Refusal, NotPermitted {
        ProposalRequest wanted = Arguments.present(request);
        String content = Arguments.present("content", wanted.content());
        String why = Arguments.present("why", wanted.why());
        String file = wanted.file().orElse("machine.yaml");
        boolean onlyIfChanged = wanted.onlyIfChanged().orElse(false);
        return access.change(
                access.peer(http), "propose", file, actor -> engine.propose(file, content, why, onlyIfChanged, actor));
    }

    @GET
    @Path("proposals/{hash}")
    @Operation(
            summary = "One with its diff and what would be done",
            description = "Looks at the machine afresh. For those who may change things.")
    public Proposal.Shown proposal(@PathParam("hash") String hash, @Context HttpServerRequest http)
            throws Refusal, NotPermitted {
        return access.change(access.peer(http), "plan", "proposal " + hash, actor -> engine.proposal(hash));
    }

    @POST
    @Path("proposals/{hash}/approve")
    @Operation(
            summary = "Put it in place",
            description = "Writes the file, if it still says what it said when the edit was proposed.")
    public Proposal.Placed approve(@PathParam("hash") String hash, @Context HttpServerRequest http)
            throws Refusal, NotPermitted {
        return access.change(access.peer(http), "approve", "proposal " + hash, actor -> engine.place(hash, actor));
    }

    @DELETE
    @Path("proposals/{hash}")
    @Operation(summary = "Decline it", description = "It is forgotten.")
    public Proposal decline(@PathParam("hash") String hash, @Context HttpServerRequest http)
            throws Refusal, NotPermitted {
        return access.change(access.peer(http), "decline", "proposal " + hash, actor -> engine.drop(hash, actor));
    }
}
