package dev.homeostat.ai;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.homeostat.cli.ControlSocket;
import dev.homeostat.resource.Json;
import dev.homeostat.resource.Trouble;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.regex.Pattern;

/** The daemon, asked through its control socket and told by every request on whose behalf. Thread-safe. */
public final class DaemonDoor {
    /** As the daemon has it: its request names the program, the tool and the client. */
    private static final String VIA = "Homeostat-Via";
    /** More than a machine with ten thousand resources answers. */
    private static final int ANSWER_LIMIT_BYTES = 8 * 1024 * 1024;
    /** A plan may wait for subsystems that hang, each for their own limit. */
    private static final Duration PATIENCE = Duration.ofSeconds(90);

    private static final Pattern UNFIT = Pattern.compile("[^A-Za-z0-9._/@+-]");
    private static final int NAME_LIMIT_CHARS = 64;

    private final ControlSocket socket;
    /** One large answer at a time becomes objects, which take ten times its room. */
    private final ReentrantLock parsing = new ReentrantLock();

    public DaemonDoor(ControlSocket socket) {
        this.socket = socket;
    }

    public JsonNode get(Caller caller, String target) throws Trouble {
        return ask(caller, "GET", target, null);
    }

    public JsonNode post(Caller caller, String target, Object body) throws Trouble {
        return ask(caller, "POST", target, Json.write(body).getBytes(StandardCharsets.UTF_8));
    }

    private JsonNode ask(Caller caller, String method, String target, byte[] body) throws Trouble {
        ControlSocket.Reply reply;
        try {
            String via = word(caller.program()) + " " + word(caller.tool()) + " " + word(caller.client());
            reply = socket.send(method, target, Map.of(VIA, via), body, ANSWER_LIMIT_BYTES, PATIENCE.toMillis());
        } catch (InterruptedIOException e) {
            throw Trouble.passing("the daemon gave " + e.getMessage() + "; something it looks at may hang");
        } catch (IOException e) {
            String reason = String.valueOf(e.getMessage());
            throw new Trouble(
                    Trouble.Sort.TRANSIENT,
                    "the Homeostat daemon cannot be reached at " + socket.path() + " (" + reason + ")",
                    reason.contains("ermission denied")
                            ? "ask the machine's owner for membership of the group homeostat"
                            : "ask the machine's owner to start it: systemctl start homeostat",
                    e);
        }
        JsonNode answer;
        parsing.lock();
        try {
            answer = Json.MAPPER.readTree(reply.body());
        } catch (JsonProcessingException e) {
            throw Trouble.passing("the daemon's answer is no JSON: " + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw Trouble.passing("the daemon's answer cannot be read: " + e.getMessage(), e);
        } finally {
            parsing.unlock();
        }
        if (reply.status() >= 200 && reply.status() < 300) {
            return answer;
        }
        throw new Trouble(Trouble.Sort.INVALID, sentence(reply.status(), answer), "");
    }

    /** What the daemon says of a refusal, with the problems of a declaration one by one. */
    private static String sentence(int status, JsonNode answer) {
        StringBuilder text =
                new StringBuilder(answer.path("detail").asText("the daemon answered with HTTP status " + status));
        for (JsonNode problem : answer.path("problems")) {
            JsonNode place = problem.path("place");
            String key = problem.path("key").asText("");
            text.append('\n')
                    .append(place.path("file").asText(""))
                    .append(':')
                    .append(place.path("line").asText(""))
                    .append(": ")
                    .append(key.isEmpty() ? "" : key + ": ")
                    .append(problem.path("message").asText(""));
        }
        return text.toString();
    }

    private static String word(String name) {
        String cut = name.length() > NAME_LIMIT_CHARS ? name.substring(0, NAME_LIMIT_CHARS) : name;
        String word = UNFIT.matcher(cut).replaceAll("_");
        return word.isEmpty() ? "unknown" : word;
    }
}
