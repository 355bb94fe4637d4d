package dev.homeostat.control.api;

import dev.homeostat.control.access.Access;
import dev.homeostat.control.access.NotPermitted;
import dev.homeostat.control.access.Peer;
import dev.homeostat.reconcile.Via;
import io.vertx.core.http.HttpServerRequest;
import jakarta.ws.rs.container.ContainerRequestContext;
import org.jboss.resteasy.reactive.server.ServerRequestFilter;

/** Tells the audit log of what is only looked at, if a program does it for somebody. */
public final class Looks {
    private final Access access;

    Looks(Access access) {
        this.access = access;
    }

    @ServerRequestFilter
    void seen(ContainerRequestContext context, HttpServerRequest request) throws NotPermitted {
        if (request.getHeader(Via.HEADER) != null) {
            Peer peer = access.peer(request);
            access.looked(peer, context.getMethod() + " " + request.path());
        }
    }
}
