package dev.homeostat.control.api;

import dev.homeostat.control.access.Access;
import dev.homeostat.control.access.NotPermitted;
import dev.homeostat.control.access.Peer;
import dev.homeostat.control.console.CommandTree;
import dev.homeostat.control.console.Invocation;
import dev.homeostat.control.console.LineProtocol;
import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.StreamingOutput;
import java.io.IOException;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.logging.Logger;

/** A command line, run here. */
@Path("/v1/console")
@RunOnVirtualThread
@Tag(name = "console", description = "The command line, rendered by the daemon")
public class ConsoleApi {
    private static final Logger LOG = Logger.getLogger(ConsoleApi.class);

    private final CommandTree commands;
    private final Access access;

    ConsoleApi(CommandTree commands, Access access) {
        this.commands = commands;
        this.access = access;
    }

    @POST
    @Consumes(MediaType.APPLICATION_JSON)
    @Produces(MediaType.TEXT_PLAIN)
    @Operation(
            summary = "Run a command of the command line",
            description =
                    "Answers in lines as they come: \"o\" and a line of output, \"e\" and a line for standard error,"
                            + " \"k\" as a sign of life, \"x\" and the exit code at the end.")
    @APIResponse(
            responseCode = "200",
            description = "OK",
            content = @Content(mediaType = MediaType.TEXT_PLAIN, schema = @Schema(implementation = String.class)))
    public StreamingOutput run(Invocation invocation, @Context HttpServerRequest http, RoutingContext context)
            throws NotPermitted {
        Invocation wanted = Arguments.present(invocation);
        Peer peer = access.peer(http);
        return out -> {
            try (LineProtocol lines = new LineProtocol(out, wanted.color())) {
                // a write to a connection that was closed is not always told as a failure
                context.addEndHandler(end -> lines.left());
                lines.exit(commands.run(wanted, peer, lines));
            } catch (IOException gone) {
                LOG.debugf("a client left: %s", gone.getMessage());
            }
        };
    }
}
