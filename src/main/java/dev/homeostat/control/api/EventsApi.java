package dev.homeostat.control.api;

import dev.homeostat.reconcile.Engine;
import dev.homeostat.reconcile.Event;
import dev.homeostat.resource.Json;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.subscription.BackPressureStrategy;
import io.smallrye.mutiny.subscription.MultiEmitter;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.sse.OutboundSseEvent;
import jakarta.ws.rs.sse.Sse;
import java.time.Duration;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.logging.Logger;

/** What happens, as it happens. */
@Path("/v1/events")
@Tag(name = "machine")
public class EventsApi {
    private static final Logger LOG = Logger.getLogger(EventsApi.class);
    /** So many unread events are kept for a reader; who is further behind is cut off and may connect again. */
    private static final int BEHIND_LIMIT_EVENTS = 1024;
    /** Tells both sides that the connection lives; far shorter than the idle time-out. */
    private static final Duration SIGN_OF_LIFE = Duration.ofSeconds(15);

    private final Engine engine;

    EventsApi(Engine engine) {
        this.engine = engine;
    }

    @GET
    @Produces(MediaType.SERVER_SENT_EVENTS)
    @Operation(
            summary = "Events as they happen (server-sent events)",
            description =
                    "The data of each is JSON, its id the sequence number. A reader who is 1024 events behind is cut off.")
    @APIResponse(
            responseCode = "200",
            description = "OK",
            content =
                    @Content(mediaType = MediaType.SERVER_SENT_EVENTS, schema = @Schema(implementation = String.class)))
    public Multi<OutboundSseEvent> events(@Context Sse sse) {
        Multi<OutboundSseEvent> events = Multi.createFrom()
                .<Event>emitter(this::listen, BackPressureStrategy.IGNORE)
                .onOverflow()
                .buffer(BEHIND_LIMIT_EVENTS)
                .map(event -> sse.newEventBuilder()
                        .id(Long.toString(event.sequence()))
                        .name(event.type())
                        .data(String.class, Json.write(event))
                        .build());
        Multi<OutboundSseEvent> life = Multi.createFrom()
                .ticks()
                .every(SIGN_OF_LIFE)
                .onOverflow()
                .drop()
                .map(tick -> sse.newEventBuilder().comment("alive").build());
        return Multi.createBy().merging().streams(events, life);
    }

    private void listen(MultiEmitter<? super Event> emitter) {
        AutoCloseable listening = engine.listen(emitter::emit);
        emitter.onTermination(() -> {
            try {
                listening.close();
            } catch (Exception e) {
                LOG.warnf(e, "a listener to events could not be taken away");
            }
        });
    }
}
