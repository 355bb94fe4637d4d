package dev.homeostat.ai.mcp;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.homeostat.ai.Caller;
import dev.homeostat.ai.DaemonDoor;
import dev.homeostat.resource.Json;
import dev.homeostat.resource.Layer;
import dev.homeostat.resource.Trouble;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What agents can ask for: all of it looks, but for one that proposes. Thread-safe. */
final class Tools {
    private static final int ID_LIMIT_CHARS = 500;
    private static final int USUAL_RUNS = 10;
    private static final int MOST_RUNS = 100;
    private static final int USUAL_HITS = 8;
    private static final int MOST_HITS = 50;
    /** As the knowledge base has it. */
    private static final int QUERY_LIMIT_CHARS = 1_000;

    private static final int WORD_LIMIT_CHARS = 200;
    /** As the daemon has it. */
    static final int CONTENT_LIMIT_CHARS = 256 * 1024;

    private static final int WHY_LIMIT_CHARS = 500;

    private final DaemonDoor daemon;
    private final KnowledgeDoor knowledge;
    private final Options options;

    Tools(DaemonDoor daemon, KnowledgeDoor knowledge, Options options) {
        this.daemon = daemon;
        this.knowledge = knowledge;
        this.options = options;
    }

    List<Tool> all() {
        Tool.Argument id =
                Tool.text("Id of a resource, such as file//etc/motd or service/cron.service", ID_LIMIT_CHARS, false);
        return List.of(
                new Tool(
                        "homeostat_status",
                        "How the machine stands",
                        "Whether this machine is as its owner declared it: a summary, the declaration's state, every resource"
                                + " that is not in sync with the reason, and edits that wait for the owner.",
                        false,
                        Map.of("all", Tool.flag("Also the resources that are in sync")),
                        this::status),
                new Tool(
                        "homeostat_explain",
                        "One resource",
                        "All that is known of one resource, looked at afresh: what is declared and where, what is there, what"
                                + " it needs, and what was done to it lately. The id ai stands for the AI stack.",
                        false,
                        Map.of("id", new Tool.Argument(id.schema(), true)),
                        this::explain),
                new Tool(
                        "homeostat_diff",
                        "What differs",
                        "What differs between the declaration and the machine, field by field; of one resource or of all.",
                        false,
                        Map.of("id", id),
                        this::diff),
                new Tool(
                        "homeostat_plan",
                        "What would be done now",
                        "The actions that would make the machine as declared, by resource, with the plan's hash. Changes nothing.",
                        false,
                        Map.of(),
                        (arguments, caller) -> object(daemon.get(caller, "/v1/plan"))),
                new Tool(
                        "homeostat_history",
                        "What was done",
                        "Corrections and changes that were made, newest first, with who had moved what.",
                        false,
                        ordered(
                                "id", id,
                                "drift", Tool.flag("Only what undid a drift"),
                                "limit", Tool.number("At most so many, " + USUAL_RUNS + " if not given", MOST_RUNS)),
                        this::history),
                new Tool(
                        "homeostat_search",
                        "Search the knowledge base",
                        "Finds passages in the documents of this machine's knowledge base, best first.",
                        false,
                        ordered(
                                "query", Tool.text("What to look for", QUERY_LIMIT_CHARS, true),
                                "project", Tool.text("Only of this project", WORD_LIMIT_CHARS, false),
                                "tag", Tool.text("Only with this tag", WORD_LIMIT_CHARS, false),
                                "limit", Tool.number("At most so many, " + USUAL_HITS + " if not given", MOST_HITS)),
                        this::search),
                new Tool(
                        "homeostat_options",
                        "NixOS and Home Manager options",
                        "Which options of NixOS and Home Manager are set on behalf of the declaration, by which of its keys,"
                                + " and which the catalogue's services ask for.",
                        false,
                        ordered(
                                "query",
                                Tool.text(
                                        "Only those with this text in the option or key, such as nvidia",
                                        WORD_LIMIT_CHARS,
                                        false)),
                        (arguments, caller) -> options.about(arguments.text("query", WORD_LIMIT_CHARS))),
                new Tool(
                        "homeostat_propose",
                        "Propose an edit",
                        "Proposes an edit of the declaration to the machine's owner. Give the whole text that the file is to"
                                + " have (read the present one first; usually /etc/homeostat/machine.yaml). It is validated and planned, and"
                                + " answered with its hash, the diff and the plan. Nothing happens until a person runs: homeostat approve HASH.",
                        true,
                        ordered(
                                "content", Tool.text("The whole text of the file, YAML", CONTENT_LIMIT_CHARS, true),
                                "why", Tool.text("One line for the owner who decides", WHY_LIMIT_CHARS, true),
                                "file",
                                        Tool.text(
                                                "machine.yaml if not given, or the name of a file in machine.d",
                                                WORD_LIMIT_CHARS,
                                                false)),
                        this::propose));
    }

    private ObjectNode status(Arguments arguments, Caller caller) throws Trouble {
        boolean all = arguments.flag("all");
        ObjectNode status = object(daemon.get(caller, "/v1/status"));
        if (!all) {
            ArrayNode wrong = Json.MAPPER.createArrayNode();
            for (JsonNode resource : status.path("resources")) {
                if (!resource.path("condition").asText().equals("InSync")) {
                    wrong.add(resource);
                }
            }
            status.remove("resources");
            status.set("resourcesNotInSync", wrong);
        }
        status.set("proposals", daemon.get(caller, "/v1/proposals"));
        return status;
    }

    private ObjectNode explain(Arguments arguments, Caller caller) throws Trouble {
        String id = arguments.needed("id", ID_LIMIT_CHARS);
        if (id.equals(Layer.STACK.label())) {
            JsonNode status = daemon.get(caller, "/v1/status");
            boolean declared = status.path("resources")
                    .valueStream()
                    .anyMatch(r -> r.path("id").asText().startsWith(id + "/"));
            if (!declared) {
                return Json.MAPPER
                        .createObjectNode()
                        .put("declared", false)
                        .put(
                                "reason",
                                Layer.noStack(
                                        status.path("declaration").path("state").asText()));
            }
        }
        return object(daemon.get(caller, "/v1/resources/" + encoded(id)));
    }

    private ObjectNode diff(Arguments arguments, Caller caller) throws Trouble {
        String id = arguments.text("id", ID_LIMIT_CHARS);
        JsonNode plan = daemon.get(caller, "/v1/plan");
        ObjectNode answer = Json.MAPPER.createObjectNode();
        ArrayNode differing = answer.putArray("resources");
        for (JsonNode item : plan.path("items")) {
            if (id.isEmpty() || id.equals(item.path("id").asText())) {
                ObjectNode one = differing.addObject();
                one.set("id", item.path("id"));
                one.set("origin", item.path("origin"));
                one.set("differences", item.path("differences"));
            }
        }
        ArrayNode troubles = answer.putArray("notLookedAt");
        for (JsonNode trouble : plan.path("troubles")) {
            if (id.isEmpty() || id.equals(trouble.path("id").asText())) {
                troubles.add(trouble);
            }
        }
        answer.put("same", differing.isEmpty() && troubles.isEmpty());
        return answer;
    }

    private ObjectNode history(Arguments arguments, Caller caller) throws Trouble {
        String id = arguments.text("id", ID_LIMIT_CHARS);
        String target = "/v1/history?limit=" + arguments.number("limit", USUAL_RUNS, MOST_RUNS)
                + (id.isEmpty() ? "" : "&resource=" + encoded(id))
                + (arguments.flag("drift") ? "&drift=true" : "");
        ObjectNode answer = Json.MAPPER.createObjectNode();
        answer.set("runs", daemon.get(caller, target));
        return answer;
    }

    private ObjectNode search(Arguments arguments, Caller caller) throws Trouble {
        String query = arguments.needed("query", QUERY_LIMIT_CHARS);
        String project = arguments.text("project", WORD_LIMIT_CHARS);
        String tag = arguments.text("tag", WORD_LIMIT_CHARS);
        return object(knowledge.search(query, project, tag, arguments.number("limit", USUAL_HITS, MOST_HITS)));
    }

    private ObjectNode propose(Arguments arguments, Caller caller) throws Trouble {
        Map<String, String> request = new LinkedHashMap<>();
        request.put("content", arguments.needed("content", CONTENT_LIMIT_CHARS));
        request.put("why", arguments.needed("why", WHY_LIMIT_CHARS));
        String file = arguments.text("file", WORD_LIMIT_CHARS);
        if (!file.isEmpty()) {
            request.put("file", file);
        }
        ObjectNode answer = object(daemon.post(caller, "/v1/proposals", request));
        String hash = answer.path("proposal").path("hash").asText();
        answer.put("hash", hash);
        answer.put(
                "next",
                "Nothing is changed yet. Ask the machine's owner to look at it with: homeostat approve " + hash
                        + " (which shows the diff and how to put it in place), or to say no with: homeostat decline "
                        + hash);
        return answer;
    }

    private static ObjectNode object(JsonNode answer) throws Trouble {
        if (answer instanceof ObjectNode object) {
            return object;
        }
        throw Trouble.passing("the answer is not what was expected: no JSON object");
    }

    private static Map<String, Tool.Argument> ordered(Object... namesAndArguments) {
        Map<String, Tool.Argument> ordered = new LinkedHashMap<>();
        for (int i = 0; i < namesAndArguments.length; i += 2) {
            ordered.put((String) namesAndArguments[i], (Tool.Argument) namesAndArguments[i + 1]);
        }
        return ordered;
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
