package dev.homeostat.ai.document;

import com.fasterxml.jackson.databind.JsonNode;
import dev.homeostat.resource.Json;
import dev.homeostat.resource.Sha256;
import dev.homeostat.resource.Trouble;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * What the daemon tells of the machine: what is declared, a document for each kind, and what the catalogue offers, a document
 * for each entry. Not how it is with them, which is true for a moment only.
 */
final class Machine implements Origin {
    static final String NAME = "homeostat:machine";
    static final String PROJECT = "homeostat";
    /** Kinds that are tools for whoever works on the machine. */
    private static final Set<String> TOOLS = Set.of("tool", "devshell", "service", "container");

    private static final String TOOL = "tool";

    /** The largest declaration has some ten thousand resources of 300 bytes. */
    private static final int ANSWER_LIMIT_BYTES = 16 << 20;
    /** The daemon answers from memory; one that hangs is not waited for. */
    private static final Duration LIMIT = Duration.ofSeconds(10);

    private static final int BUFFER_BYTES = 1 << 16;

    private final Path socket;
    private final Told told;
    private Map<String, Leaf> leaves = new LinkedHashMap<>();
    private Map<String, String> texts = Map.of();
    private final Set<Leaf> due = new LinkedHashSet<>();
    private final Set<String> gone = new LinkedHashSet<>();
    private String unclear = "was not asked yet";

    Machine(Path socket, Told told) {
        this.socket = socket;
        this.told = told;
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public void look() {
        Map<String, String> now = new TreeMap<>();
        try {
            declared(ask("GET", "/v1/resources", ""), now);
            offers(
                    ask(
                            "POST",
                            "/v1/console",
                            "{\"args\":[\"catalog\",\"-o\",\"json\"],\"columns\":0,\"color\":false,\"files\":{}}"),
                    now);
        } catch (IOException e) {
            unclear = "cannot be asked: " + socket + ": " + e.getMessage();
            told.trouble(
                    NAME,
                    "what is declared on this machine does not follow: " + socket + ": " + e.getMessage()
                            + "; only root and members of the group homeostat may ask");
            return;
        } catch (Trouble t) {
            unclear = t.getMessage();
            told.trouble(NAME, "what is declared on this machine does not follow: " + t.getMessage());
            return;
        }
        unclear = "";
        told.over(NAME, "what is declared on this machine follows");
        take(now);
    }

    private void take(Map<String, String> now) {
        Map<String, Leaf> next = new LinkedHashMap<>();
        now.forEach((source, text) -> {
            Leaf leaf = leaves.getOrDefault(source, new Leaf(source));
            leaf.read(Sha256.hex(text));
            next.put(source, leaf);
            if (leaf.isDue()) {
                due.add(leaf);
            }
        });
        leaves.forEach((source, leaf) -> {
            if (!next.containsKey(source)) {
                leaf.dropped = true;
                due.remove(leaf);
                gone.add(source);
            }
        });
        leaves = next;
        texts = now;
    }

    private static void declared(String answer, Map<String, String> texts) throws Trouble {
        Map<String, TreeSet<String>> kinds = new TreeMap<>();
        for (JsonNode resource : json(answer)) {
            String id = resource.path("id").asText("");
            int slash = id.indexOf('/');
            if (slash > 0) {
                JsonNode place = resource.path("place");
                String where = place.path("file").asText("");
                kinds.computeIfAbsent(id.substring(0, slash), k -> new TreeSet<>())
                        .add(id + (where.isEmpty() ? "" : ", declared in " + where));
            }
        }
        kinds.forEach((kind, ids) -> texts.put(
                "declared/" + kind,
                "Declared on this machine, of the kind " + kind + ":\n\n- " + String.join("\n- ", ids) + "\n"));
    }

    private static void offers(String answer, Map<String, String> texts) throws Trouble {
        StringBuilder json = new StringBuilder();
        answer.lines().filter(line -> line.startsWith("o ")).forEach(line -> json.append(line.substring(2)));
        for (JsonNode offer : json(json.toString())) {
            String name = offer.path("name").asText("");
            if (!name.isEmpty()) {
                StringBuilder text = new StringBuilder(name)
                        .append(": what the catalogue of Homeostat offers. In machine.yaml: catalog: {")
                        .append(name)
                        .append(": {}}\n\n");
                offer.properties()
                        .forEach(field -> text.append("- ")
                                .append(field.getKey())
                                .append(": ")
                                .append(
                                        field.getValue().isTextual()
                                                ? field.getValue().asText()
                                                : field.getValue().toString())
                                .append('\n'));
                texts.put("catalogue/" + name, text.toString());
            }
        }
    }

    private static JsonNode json(String answer) throws Trouble {
        try {
            JsonNode list = Json.read(answer, JsonNode.class);
            if (list != null && list.isArray()) {
                return list;
            }
        } catch (IllegalArgumentException e) {
            throw Trouble.passing("the daemon did not answer with JSON: " + e.getMessage(), e);
        }
        throw Trouble.passing("the daemon did not answer with a list");
    }

    /** The JDK's HTTP clients know no Unix sockets. */
    private String ask(String method, String path, String body) throws IOException, Trouble {
        CountDownLatch done = new CountDownLatch(1);
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
            Thread.ofVirtual().name("daemon-limit").start(() -> end(channel, done));
            ByteBuffer request = ByteBuffer.wrap((method + " " + path
                            + " HTTP/1.0\r\nHost: homeostat\r\nAccept: */*\r\nContent-Type: application/json\r\nContent-Length: "
                            + body.length() + "\r\n\r\n" + body)
                    .getBytes(StandardCharsets.US_ASCII));
            while (request.hasRemaining()) {
                channel.write(request);
            }
            return answer(channel);
        } finally {
            done.countDown();
        }
    }

    private static void end(SocketChannel channel, CountDownLatch done) {
        try {
            if (!done.await(LIMIT.toMillis(), TimeUnit.MILLISECONDS)) {
                channel.close(); // whoever reads gets an AsynchronousCloseException
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            // whoever reads closes it, too, and says why it did not work
            return;
        }
    }

    private static String answer(SocketChannel channel) throws IOException, Trouble {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        ByteBuffer part = ByteBuffer.allocate(BUFFER_BYTES);
        while (channel.read(part) >= 0) {
            all.write(part.array(), 0, part.position());
            part.clear();
            if (all.size() > ANSWER_LIMIT_BYTES) {
                throw Trouble.passing("the daemon answered with more than " + ANSWER_LIMIT_BYTES + " bytes");
            }
        }
        String text = all.toString(StandardCharsets.UTF_8);
        int end = text.indexOf("\r\n\r\n");
        String status = text.lines().findFirst().orElse("");
        if (end < 0 || !status.matches("HTTP/1\\.[01] 200 .*")) {
            throw Trouble.passing("the daemon answered: " + (status.isEmpty() ? "nothing" : status));
        }
        return text.substring(end + 4);
    }

    @Override
    public boolean isUnclear(String source) {
        return !unclear.isEmpty();
    }

    @Override
    public Leaf leaf(String source) {
        return leaves.get(source);
    }

    @Override
    public void each(Consumer<Leaf> use) {
        leaves.values().forEach(use);
    }

    @Override
    public int read(int count) {
        return 0; // all is read at once
    }

    @Override
    public Set<Leaf> due() {
        return due;
    }

    @Override
    public Collection<String> gone() {
        return gone;
    }

    @Override
    public String project() {
        return PROJECT;
    }

    @Override
    public List<String> tags(Leaf leaf) {
        int slash = leaf.source.indexOf('/');
        String sort = leaf.source.substring(0, slash);
        return sort.equals("catalogue") || TOOLS.contains(leaf.source.substring(slash + 1))
                ? List.of(sort, TOOL)
                : List.of(sort);
    }

    @Override
    public String text(Leaf leaf) {
        return texts.get(leaf.source);
    }

    @Override
    public String trouble() {
        return ""; // whoever may not ask the daemon has nothing to mend
    }
}
