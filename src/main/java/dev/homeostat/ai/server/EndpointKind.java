package dev.homeostat.ai.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.homeostat.ai.JsonOverHttp;
import dev.homeostat.resource.Action;
import dev.homeostat.resource.Assessment;
import dev.homeostat.resource.Desired;
import dev.homeostat.resource.Difference;
import dev.homeostat.resource.Durations;
import dev.homeostat.resource.Json;
import dev.homeostat.resource.Kind;
import dev.homeostat.resource.LookAgain;
import dev.homeostat.resource.ResourceId;
import dev.homeostat.resource.SideBySide;
import dev.homeostat.resource.Sighting;
import dev.homeostat.resource.Trouble;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * {@code endpoint}: that a server really does what it is there for. A model server answers as soon as it listens and is of use
 * when a model has answered; so a model is asked. It corrects nothing: the container or the service below does.
 */
@ApplicationScoped
public class EndpointKind implements Kind<EndpointSpec, EndpointSeen> {
    static final String NAME = "endpoint";

    /** A list of models, or a sentence: no computation. */
    private static final Duration LIST_LIMIT = Duration.ofSeconds(3);
    /** One word from a large model whose pages are not in memory any more. */
    private static final Duration ANSWER_LIMIT = Duration.ofSeconds(60);
    /** A model that answered is believed in for so long, as long as its server lists it: asking costs computation. */
    private static final Duration BELIEVED = Duration.ofMinutes(10);

    private final InstantSource clock;
    /** Since when it has not answered, and when a model last did. */
    private final Map<ResourceId, Past> pasts = new ConcurrentHashMap<>();

    @Inject
    public EndpointKind(InstantSource clock) {
        this.clock = clock;
    }

    /**
     * @param silentSince null if it answered at the last look
     * @param answered when a model last did; null if not since it was silent
     * @param by what it was asked by
     */
    private record Past(Instant silentSince, Instant answered, EndpointSpec by) {}

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Class<EndpointSpec> specType() {
        return EndpointSpec.class;
    }

    @Override
    public Map<ResourceId, Sighting<EndpointSeen>> observe(Collection<Desired<EndpointSpec>> resources) {
        Map<ResourceId, Sighting<EndpointSeen>> seen = new ConcurrentHashMap<>();
        SideBySide.each(resources, d -> seen.put(d.id(), look(d)));
        resources.forEach(
                d -> seen.putIfAbsent(d.id(), new Sighting.Unclear<>(Trouble.passing("the look was interrupted"))));
        return seen;
    }

    private Sighting<EndpointSeen> look(Desired<EndpointSpec> desired) {
        EndpointSpec spec = desired.spec();
        Past past = pasts.get(desired.id());
        if (past != null && !past.by().equals(spec)) {
            past = null;
        }
        Instant now = clock.instant();
        try {
            boolean believed = past != null
                    && past.answered() != null
                    && Duration.between(past.answered(), now).abs().compareTo(BELIEVED) < 0;
            String answers = spec.asks() == EndpointSpec.Asks.READINESS ? ready(spec) : model(spec, believed);
            pasts.put(desired.id(), new Past(null, believed ? past.answered() : now, spec));
            return new Sighting.Seen<>(new EndpointSeen(answers, ""));
        } catch (JsonOverHttp.Failed e) {
            Instant since = past == null || past.silentSince() == null ? now : past.silentSince();
            pasts.put(desired.id(), new Past(since, null, spec));
            Duration silent = Duration.between(since, now);
            if (e.isNotYet() && silent.compareTo(spec.start()) < 0) {
                return new Sighting.Seen<>(new EndpointSeen("", e.getMessage()));
            }
            return new Sighting.Unclear<>(Trouble.passing(e.getMessage()
                    + (e.isNotYet() ? "; it has not answered for " + Durations.format(rounded(silent)) : "")));
        }
    }

    private static Duration rounded(Duration duration) {
        return Duration.ofSeconds(duration.toSeconds());
    }

    private static String ready(EndpointSpec spec) throws JsonOverHttp.Failed {
        JsonOverHttp.get(URI.create(spec.base() + "/readyz"), LIST_LIMIT);
        return "ready";
    }

    private static String model(EndpointSpec spec, boolean believed) throws JsonOverHttp.Failed {
        List<String> models = new ArrayList<>();
        JsonNode list = JsonOverHttp.get(URI.create(spec.base() + "/models"), LIST_LIMIT);
        list.path("data").forEach(model -> models.add(model.path("id").asText()));
        if (models.isEmpty()) {
            throw wrong(spec, "lists no models");
        }
        String model = spec.model() == null ? models.getFirst() : spec.model();
        if (!models.contains(model)) {
            throw wrong(spec, "has no model \"" + model + "\", but " + String.join(", ", models));
        }
        if (!believed && spec.asks() == EndpointSpec.Asks.EMBEDDING) {
            ObjectNode request =
                    Json.MAPPER.createObjectNode().put("model", model).put("input", "yes");
            JsonNode answer = JsonOverHttp.post(URI.create(spec.base() + "/embeddings"), request, ANSWER_LIMIT);
            if (!answer.path("data").path(0).path("embedding").path(0).isNumber()) {
                throw wrong(spec, "answered with no vector");
            }
        } else if (!believed) {
            ObjectNode request = Json.MAPPER.createObjectNode();
            request.put("model", model).put("max_tokens", 1).put("temperature", 0);
            request.putArray("messages").addObject().put("role", "user").put("content", "Answer with the word yes.");
            JsonNode answer = JsonOverHttp.post(URI.create(spec.base() + "/chat/completions"), request, ANSWER_LIMIT);
            if (!answer.path("choices").path(0).path("message").path("content").isTextual()) {
                throw wrong(spec, "answered a conversation with no text");
            }
        }
        return model;
    }

    private static JsonOverHttp.Failed wrong(EndpointSpec spec, String what) {
        return JsonOverHttp.wrong(spec.base() + " " + what);
    }

    @Override
    public Assessment assess(Desired<EndpointSpec> desired, EndpointSeen observed) {
        if (observed.silence().isEmpty()) {
            return Assessment.inSync("");
        }
        return new Assessment(
                List.of(new Difference(
                        "state", "answering with " + desired.spec().asks().words(), "silent: " + observed.silence())),
                List.of(),
                true);
    }

    @Override
    public void perform(Desired<EndpointSpec> desired, Action action) throws Trouble {
        throw new IllegalStateException("bug: nothing is ever done to " + desired.id());
    }

    /** What answers is kept by others. */
    @Override
    public Optional<EndpointSpec> whenUndeclared(Desired<EndpointSpec> desired, EndpointSeen before, boolean ours) {
        return Optional.empty();
    }

    @Override
    public void watch(Collection<Desired<EndpointSpec>> resources, LookAgain lookAgain) {
        List<ResourceId> ids = resources.stream().map(Desired::id).toList();
        pasts.keySet().retainAll(ids); // nobody tells of a server's answers; who depends on its container is told
    }
}
