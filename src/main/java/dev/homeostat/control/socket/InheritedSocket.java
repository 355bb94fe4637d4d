package dev.homeostat.control.socket;

import io.netty.channel.ChannelFactory;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.vertx.core.impl.VertxBuilder;
import io.vertx.core.impl.transports.EpollTransport;
import io.vertx.core.spi.VertxServiceProvider;
import java.net.SocketAddress;

/**
 * Gives Vert.x the listening socket that systemd handed over instead of binding one: clients that connect while the
 * daemon restarts wait in its queue. Found by {@link java.util.ServiceLoader}. Does nothing without socket activation.
 */
public final class InheritedSocket implements VertxServiceProvider {
    @Override
    public void init(VertxBuilder builder) {
        if (Activation.present()) {
            EpollTransport transport = new InheritingTransport();
            if (!transport.isAvailable()) {
                throw new IllegalStateException(
                        "the socket of systemd cannot be used without epoll", transport.unavailabilityCause());
            }
            Activation.neverBlock();
            builder.findTransport(transport);
        }
    }

    private static final class InheritingTransport extends EpollTransport {
        private final ConnectionLimits limits = new ConnectionLimits();

        @Override
        public ChannelFactory<? extends ServerChannel> serverChannelFactory(boolean domainSocket) {
            if (!domainSocket) {
                return super.serverChannelFactory(false);
            }
            return () -> {
                EpollServerDomainSocketChannel channel =
                        new EpollServerDomainSocketChannel(Activation.FIRST_DESCRIPTOR, true);
                // it is active from the start, before Netty has put the handler in place that takes connections: one
                // that
                // waits in the queue already would be taken by nobody
                channel.config().setAutoRead(false);
                channel.pipeline().addLast(new AlreadyBound());
                channel.pipeline().addLast(limits);
                return channel;
            };
        }
    }

    /** Netty's own bind would unlink systemd's path first. Instead, taking connections begins here. */
    private static final class AlreadyBound extends ChannelOutboundHandlerAdapter {
        @Override
        public void bind(ChannelHandlerContext context, SocketAddress address, ChannelPromise promise) {
            promise.setSuccess();
            context.channel().config().setAutoRead(true);
        }
    }
}
