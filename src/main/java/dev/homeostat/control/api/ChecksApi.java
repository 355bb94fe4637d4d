package dev.homeostat.control.api;

import dev.homeostat.control.access.Access;
import dev.homeostat.control.access.NotPermitted;
import dev.homeostat.reconcile.Examined;
import dev.homeostat.reconcile.Examiner;
import dev.homeostat.reconcile.Refusal;
import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.core.http.HttpServerRequest;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/** Checks that follow from what is declared. */
@Path("/v1")
@Produces(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
@Tag(name = "machine")
public class ChecksApi {
    private final Examiner examiner;
    private final Access access;

    ChecksApi(Examiner examiner, Access access) {
        this.examiner = examiner;
        this.access = access;
    }

    @GET
    @Path("checks")
    @Operation(
            summary = "Check the machine",
            description =
                    "Looked at afresh: every declared resource, the ports that are to be listened on, drivers, storage."
                            + " What is stopped, or cannot be seen, has not passed.")
    public Examined checks() {
        return examiner.examine();
    }

    @POST
    @Path("test")
    @Operation(
            summary = "Check the machine, and try the declared checks",
            description = "The same, and what is declared under deployment.checks, programs among it.")
    public Examined test(@Context HttpServerRequest http) throws Refusal, NotPermitted {
        return access.change(access.peer(http), "test", "the machine", actor -> examiner.test());
    }
}
