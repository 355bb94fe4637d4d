package dev.homeostat.control.api;

import dev.homeostat.control.access.Chosen;
import dev.homeostat.reconcile.Engine;
import dev.homeostat.reconcile.Refusal;
import dev.homeostat.resource.Durations;
import dev.homeostat.resource.ResourceId;
import io.vertx.core.http.HttpServerRequest;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Objects;

/** Reads what stands in requests, with errors that say what was expected. */
final class Arguments {
    private Arguments() {}

    static ResourceId id(String text) {
        if (text == null) {
            throw new MalformedRequest("the id of a resource is missing");
        }
        try {
            return ResourceId.parse(text);
        } catch (IllegalArgumentException e) {
            throw new MalformedRequest(e.getMessage());
        }
    }

    static List<ResourceId> ids(Engine engine, List<String> words) throws Refusal {
        try {
            return Chosen.of(engine, withoutNull(words));
        } catch (IllegalArgumentException e) {
            throw new MalformedRequest(e.getMessage());
        }
    }

    /**
     * The id that follows a prefix of the path. Taken from the path as it was sent, because the router makes one slash of
     * the two in {@code file//etc/motd}; {@code %2F} works too.
     */
    static ResourceId idAfter(HttpServerRequest request, String prefix) {
        return id(after(request, prefix));
    }

    /** The same, or a kind of which there is one resource, such as {@code ai}. */
    static ResourceId oneAfter(Engine engine, HttpServerRequest request, String prefix) throws Refusal {
        try {
            return Chosen.one(engine, after(request, prefix));
        } catch (IllegalArgumentException e) {
            throw new MalformedRequest(e.getMessage());
        }
    }

    private static String after(HttpServerRequest request, String prefix) {
        String path = request.path();
        try {
            return URLDecoder.decode(path.substring(prefix.length()).replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw new MalformedRequest("the id in the path is not percent-encoded UTF-8");
        }
    }

    static Duration duration(String name, String text, Duration limit) {
        Duration value;
        try {
            value = Durations.parse(text);
        } catch (IllegalArgumentException e) {
            throw new MalformedRequest(name + ": " + e.getMessage());
        }
        if (value.compareTo(limit) > 0) {
            throw new MalformedRequest(name + " is at most " + Durations.format(limit));
        }
        return value;
    }

    static int limit(int value, int most) {
        if (value < 1 || value > most) {
            throw new MalformedRequest("limit is a number from 1 to " + most);
        }
        return value;
    }

    static <T> T present(T body) {
        if (body == null) {
            throw new MalformedRequest("the request needs a JSON body");
        }
        return body;
    }

    static List<String> withoutNull(List<String> list) {
        if (list.stream().anyMatch(Objects::isNull)) {
            throw new MalformedRequest("null is in a list of names");
        }
        return List.copyOf(list);
    }

    static String present(String name, String value) {
        if (value == null || value.isBlank()) {
            throw new MalformedRequest(name + " is missing");
        }
        return value;
    }
}
