package dev.homeostat.control.access;

import io.netty.channel.Channel;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.unix.PeerCredentials;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.impl.ConnectionBase;
import java.io.IOException;
import java.util.Optional;

/** Asks the kernel who is connected. */
final class Peers {
    private Peers() {}

    /** Empty if the connection is not one of a Unix socket, or is gone already. */
    static Optional<Peer> of(HttpServerRequest request) {
        if (!(request.connection() instanceof ConnectionBase connection)) {
            return Optional.empty();
        }
        Channel channel = connection.channel();
        if (!(channel instanceof EpollDomainSocketChannel socket)) {
            return Optional.empty();
        }
        try {
            PeerCredentials credentials = socket.peerCredentials();
            int[] gids = credentials.gids();
            return Optional.of(new Peer(credentials.uid(), gids.length == 0 ? -1 : gids[0], credentials.pid()));
        } catch (IOException e) {
            // closed by the peer in the meantime: there is nobody to answer
            return Optional.empty();
        }
    }
}
