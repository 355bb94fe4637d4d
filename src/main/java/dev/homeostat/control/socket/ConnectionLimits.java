package dev.homeostat.control.socket;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.util.AttributeKey;
import io.netty.util.concurrent.ScheduledFuture;
import io.vertx.core.net.impl.ConnectionBase;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.event.Observes;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jboss.logging.Logger;

/**
 * What one user may hold of the socket: so many connections at once, and none of them for long without asking something.
 * Else whoever may connect could take all the connections there are, by opening them and sending nothing, or a header
 * byte by byte. On the listening channel, before the HTTP server. Thread-safe.
 */
@Sharable
final class ConnectionLimits extends ChannelInboundHandlerAdapter {
    private static final Logger LOG = Logger.getLogger(ConnectionLimits.class);
    /** Half of quarkus.http.limits.max-connections: the other half is left for everybody else. */
    static final int PER_USER = 256;
    /** From one request (or the connection's begin) to the next complete head of a request, unless one is being answered. */
    static final int SILENCE_SECONDS = 60;
    /** Of warnings about one user; the limit may be hit thousands of times a second. */
    private static final long WARN_EVERY_NANOS = TimeUnit.MINUTES.toNanos(10);
    /** Before all other routes, so that every request counts. */
    private static final int FIRST = Integer.MIN_VALUE;

    private static final AttributeKey<Use> USE = AttributeKey.valueOf(ConnectionLimits.class, "use");

    private final Map<Integer, Integer> byUser = new HashMap<>();
    private final Map<Integer, Long> warned = new HashMap<>();

    /** One connection. */
    private static final class Use {
        private final AtomicInteger answering = new AtomicInteger();
        private volatile long askedNanos = System.nanoTime();
        private ScheduledFuture<?> check;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) throws Exception {
        if (message instanceof EpollDomainSocketChannel connection && !admit(connection)) {
            connection.unsafe().closeForcibly();
            return;
        }
        super.channelRead(context, message);
    }

    private boolean admit(EpollDomainSocketChannel connection) {
        int uid;
        try {
            uid = connection.peerCredentials().uid();
        } catch (IOException gone) {
            return false;
        }
        if (!enter(uid)) {
            return false;
        }
        connection.attr(USE).set(new Use());
        connection.closeFuture().addListener(closed -> leave(uid));
        connection.pipeline().addFirst(new Watch());
        return true;
    }

    synchronized boolean enter(int uid) {
        int held = byUser.getOrDefault(uid, 0);
        // root needs no connection in order to stop the daemon
        if (uid != 0 && held >= PER_USER) {
            long now = System.nanoTime();
            Long last = warned.get(uid);
            if (last == null || now - last > WARN_EVERY_NANOS) {
                warned.put(uid, now);
                LOG.warnf("uid %d has %d connections to the control socket; more are closed at once", uid, held);
            }
            return false;
        }
        byUser.put(uid, held + 1);
        return true;
    }

    synchronized void leave(int uid) {
        byUser.computeIfPresent(uid, (u, held) -> held > 1 ? held - 1 : null);
    }

    /** Looks from time to time whether the connection is used. */
    private static final class Watch extends ChannelInboundHandlerAdapter {
        @Override
        public void channelActive(ChannelHandlerContext context) throws Exception {
            Channel channel = context.channel();
            Use use = channel.attr(USE).get();
            use.check = context.executor()
                    .scheduleAtFixedRate(
                            () -> {
                                long silent = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - use.askedNanos);
                                if (use.answering.get() == 0 && silent >= SILENCE_SECONDS) {
                                    channel.close();
                                }
                            },
                            SILENCE_SECONDS,
                            SILENCE_SECONDS / 4,
                            TimeUnit.SECONDS);
            super.channelActive(context);
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) throws Exception {
            Use use = context.channel().attr(USE).get();
            if (use.check != null) {
                use.check.cancel(false);
            }
            super.channelInactive(context);
        }
    }

    /** Tells which connections are asked something. */
    static final class Requests {
        void routes(@Observes Router router) {
            router.route().order(FIRST).handler(Requests::count);
        }

        private static void count(RoutingContext context) {
            if (context.request().connection() instanceof ConnectionBase connection) {
                Use use = connection.channel().attr(USE).get();
                if (use != null) {
                    use.answering.incrementAndGet();
                    context.addEndHandler(ended -> {
                        use.askedNanos = System.nanoTime();
                        use.answering.decrementAndGet();
                    });
                }
            }
            context.next();
        }
    }
}
