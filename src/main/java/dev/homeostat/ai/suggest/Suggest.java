package dev.homeostat.ai.suggest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.homeostat.ai.Caller;
import dev.homeostat.ai.DaemonDoor;
import dev.homeostat.ai.JsonOverHttp;
import dev.homeostat.cli.Client;
import dev.homeostat.cli.ControlSocket;
import dev.homeostat.cli.ExitCode;
import dev.homeostat.resource.Durations;
import dev.homeostat.resource.Json;
import dev.homeostat.resource.Trouble;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * {@code homeostat suggest "a Postgres for project X"}: asks the stack's model for a part of a declaration, has the daemon check
 * it, and shows it as a proposal with its plan. It changes nothing. A process of whoever asks.
 */
public final class Suggest {
    private static final String USAGE = "usage: homeostat suggest [--timeout TIME] [--socket PATH] WHAT...";
    /** A screen of YAML, from a large model without a graphics card. */
    private static final Duration USUAL_PATIENCE = Duration.ofMinutes(5);
    /** Some two hundred lines. */
    private static final int ANSWER_TOKENS = 2000;
    /** A wish is a sentence or two; the model's memory is for the answer. */
    private static final int WISH_LIMIT_CHARS = 2000;
    /** Of the description of a key: enough to know it by. */
    private static final int ABOUT_CHARS = 110;

    private static final String EXAMPLES = """
            Examples:
            catalog: {postgres: {port: 5433}}
            files: {/etc/motd: {content: "hello\\n", mode: "0644"}}
            services: {nginx.service: {state: running, startup: enabled}}
            containers: {web: {image: docker.io/library/nginx:1, ports: ["127.0.0.1:8080:80/tcp"], mounts: [{volume: web, path: /data}]}}
            volumes: {web: {}}
            users: {anna: {containers: {tool: {image: docker.io/library/redis:7}}}}
            """;

    private Suggest() {}

    /** @param args without the word suggest */
    public static void main(String... args) {
        System.exit(run(args));
    }

    /** @return the exit status */
    public static int run(String... args) {
        String socket = null;
        Duration patience = USUAL_PATIENCE;
        List<String> words = new ArrayList<>();
        try {
            for (int i = 0; i < args.length; i++) {
                switch (args[i]) {
                    case "--timeout" -> patience = Durations.parse(value(args, ++i));
                    case "--socket" -> socket = value(args, ++i);
                    default -> {
                        if (args[i].startsWith("--")) {
                            throw new IllegalArgumentException("there is no option " + args[i]);
                        }
                        words.add(args[i]);
                    }
                }
            }
            String wish = String.join(" ", words).strip();
            if (wish.isEmpty() || wish.length() > WISH_LIMIT_CHARS) {
                throw new IllegalArgumentException(
                        wish.isEmpty() ? "say what you want" : "say it in at most " + WISH_LIMIT_CHARS + " characters");
            }
            return suggest(wish, socket, patience);
        } catch (IllegalArgumentException e) {
            System.err.println("homeostat suggest: " + e.getMessage());
            System.err.println(USAGE);
            return ExitCode.USAGE.number();
        } catch (Trouble e) {
            System.err.println("homeostat suggest: " + e.sentence());
            return ExitCode.ERROR.number();
        }
    }

    private static String value(String[] args, int i) {
        if (i >= args.length) {
            throw new IllegalArgumentException(args[i - 1] + " wants a value");
        }
        return args[i];
    }

    private static int suggest(String wish, String socket, Duration patience) throws Trouble {
        ControlSocket control = socket == null
                ? ControlSocket.usual(System.getenv())
                : new ControlSocket(java.nio.file.Path.of(socket));
        DaemonDoor daemon = new DaemonDoor(control);
        Caller nobody = new Caller("suggest", "suggest", "unknown");
        JsonNode status = daemon.get(nobody, "/v1/status");
        JsonNode endpoint = endpoint(daemon, nobody, status);
        String base = endpoint.path("base").asText();
        String model = endpoint.path("model").asText("");
        System.err.println("Asking " + (model.isEmpty() ? "the model" : model) + " at " + base + " ...");
        Suggestion suggestion =
                Suggestion.of(wish, answer(base, model, prompt(daemon, nobody, status), wish, patience));
        Caller caller = new Caller("suggest", "suggest", model.isEmpty() ? "unknown" : model);
        ObjectNode proposal = Json.MAPPER.createObjectNode();
        proposal.put("file", "80-" + suggestion.name() + ".yaml");
        proposal.put("content", "version: 1\n" + suggestion.yaml());
        proposal.put("why", "asked for: " + Suggestion.shown(wish));
        proposal.put("onlyIfChanged", true);
        try {
            String hash = daemon.post(caller, "/v1/proposals", proposal)
                    .path("proposal")
                    .path("hash")
                    .asText();
            List<String> show = new ArrayList<>(List.of("approve", hash));
            if (socket != null) {
                show.addAll(List.of("--socket", socket));
            }
            int shown = Client.run(show.toArray(String[]::new));
            return shown == ExitCode.SOMETHING_TO_DO.number() ? ExitCode.OK.number() : shown;
        } catch (Trouble t) { // a model that is wrong is nothing unusual: what it meant may still help
            System.out.println(suggestion.yaml());
            throw t;
        }
    }

    /** What is declared of the server that is to answer. */
    private static JsonNode endpoint(DaemonDoor daemon, Caller caller, JsonNode status) throws Trouble {
        Optional<JsonNode> server = status.path("resources")
                .valueStream()
                .filter(r -> r.path("id").asText().matches("endpoint/.*model-server"))
                .findFirst();
        if (server.isEmpty()) {
            throw Trouble.invalid(
                    "no model server is declared, so there is nobody to ask",
                    "declare one: ai: {enabled: true}; or name one that is there: ai: {enabled: true, server: {url: ...}}");
        }
        if (!server.get().path("condition").asText().equals("InSync")) {
            throw Trouble.passing("the model server is not ready: "
                    + server.get().path("condition").asText() + ", "
                    + Suggestion.shown(server.get().path("reason").asText())
                    + "; homeostat apply --only ai waits for it");
        }
        String id = server.get().path("id").asText();
        return daemon.get(caller, "/v1/resources/" + URLEncoder.encode(id, StandardCharsets.UTF_8))
                .path("desired");
    }

    private static String prompt(DaemonDoor daemon, Caller caller, JsonNode status) throws Trouble {
        StringBuilder text = new StringBuilder("""
                You write a part of machine.yaml, the declaration of a machine. Answer with one block of YAML between ```yaml
                and ``` and nothing else: only the keys that have to be added. No comments, no anchors, no key policy.
                Prefer entries of the catalogue. Top-level keys:
                """);
        for (Map.Entry<String, JsonNode> key :
                daemon.get(caller, "/v1/schema").path("properties").properties()) {
            String about = key.getValue().path("description").asText();
            text.append("- ").append(key.getKey()).append(": ");
            text.append(about, 0, Math.min(about.length(), ABOUT_CHARS)).append('\n');
        }
        List<String> declared = new ArrayList<>();
        status.path("resources").forEach(r -> declared.add(r.path("id").asText()));
        text.append(EXAMPLES).append("Declared already:");
        int left = ANSWER_TOKENS; // as many characters: of a large machine the beginning has to do
        for (String id : declared) {
            left -= id.length() + 1;
            if (left < 0) {
                break;
            }
            text.append(' ').append(id);
        }
        return text.append('\n').toString();
    }

    private static String answer(String base, String model, String prompt, String wish, Duration patience)
            throws Trouble {
        ObjectNode request = Json.MAPPER.createObjectNode();
        if (!model.isEmpty()) {
            request.put("model", model);
        }
        request.put("max_tokens", ANSWER_TOKENS).put("temperature", 0);
        ArrayNode messages = request.putArray("messages");
        messages.addObject().put("role", "system").put("content", prompt);
        messages.addObject().put("role", "user").put("content", wish);
        try {
            JsonNode content = JsonOverHttp.post(URI.create(base + "/chat/completions"), request, patience)
                    .path("choices")
                    .path(0)
                    .path("message")
                    .path("content");
            if (!content.isTextual()) {
                throw Trouble.passing("the model answered with no text");
            }
            return content.asText();
        } catch (JsonOverHttp.Failed e) {
            throw Trouble.passing("the model did not answer: " + Suggestion.shown(e.getMessage()));
        }
    }
}
