package dev.homeostat.ai.client;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.homeostat.ai.Contribution;
import dev.homeostat.ai.Part;
import dev.homeostat.ai.Stack;
import dev.homeostat.resource.Confidential;
import dev.homeostat.resource.Desired;
import dev.homeostat.resource.Json;
import dev.homeostat.resource.ResourceId;
import jakarta.enterprise.context.ApplicationScoped;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;

/** {@code ai.mcp}: from servers that are declared to what each program is told of them. */
@ApplicationScoped
public class McpPart implements Part {
    private static final String SERVERS = "mcp.servers";
    private static final String HOMEOSTAT = "homeostat";
    /** There without a word: what an agent on such a machine asks first. */
    private static final List<String> USUAL = List.of(HOMEOSTAT, "nixos");

    private static final Set<String> THIS_MACHINE = Set.of("127.0.0.1", "localhost", "[::1]");
    /** Of what is asked with it, by whoever asks. */
    private static final String IN_THE_OPEN =
            "looks like a secret, and would be written into the files of programs: use a server that is started with it (command and secrets)";

    /** The variable that the server of GitHub wants. */
    private static final String GITHUB_TOKEN = "GITHUB_PERSONAL_ACCESS_TOKEN";

    private static final String DATABASE = "DATABASE_URI";

    private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9-]{0,47}");
    private static final String NAME_FORM = "lower-case letters, digits and -, beginning with a letter, at most 48";
    private static final Pattern VARIABLE = Pattern.compile(McpServerEntry.VARIABLE);
    private static final Pattern HEADER = Pattern.compile("[A-Za-z0-9-]{1,64}");

    @Override
    public void read(Stack stack, Contribution out) {
        McpEntry entry = stack.entry().mcp();
        if (entry != null && Boolean.FALSE.equals(entry.enabled())) {
            return;
        }
        SortedMap<String, McpServerEntry> wanted = new TreeMap<>();
        USUAL.forEach(name -> wanted.put(name, new McpServerEntry(null, null, null, null, null, null, null, null)));
        if (entry != null && entry.servers() != null) {
            wanted.putAll(entry.servers());
        }
        SortedMap<String, Server> servers = new TreeMap<>();
        SortedMap<String, LaunchFile.Launch> launches = new TreeMap<>();
        wanted.forEach((name, each) -> {
            if (!Boolean.FALSE.equals(each.enabled())) {
                new Reading(stack, out, name, each).read(servers, launches);
            }
        });
        Set<ResourceId> first = new HashSet<>();
        if (!launches.isEmpty()) {
            ObjectNode file = Json.MAPPER
                    .createObjectNode()
                    .put("content", Json.write(new LaunchFile(launches)) + "\n")
                    .put("mode", "0600");
            Path place = stack.folders().config().resolve(LaunchFile.PLACE);
            first.addAll(
                    out.hand(stack.scope(), "files", place.toString(), file, SERVERS, Set.of(stack.id("ai", "stack"))));
        }
        clients(stack, entry, servers, first, out);
    }

    private static void clients(
            Stack stack, McpEntry entry, SortedMap<String, Server> servers, Set<ResourceId> first, Contribution out) {
        boolean named = entry != null && entry.clients() != null;
        List<ClientName> clients = named ? entry.clients() : List.of(ClientName.values());
        Path home = stack.account().home();
        for (ClientName client : Set.copyOf(clients)) {
            SortedMap<String, ObjectNode> entries = new TreeMap<>();
            servers.forEach((name, server) -> client.entry(server).ifPresent(e -> entries.put(name, e)));
            ClientSpec spec = new ClientSpec(
                    client.file(home), named ? null : client.sign(home).orElse(null), client.key(), entries, false);
            out.add(new Desired<>(
                    stack.id(ClientKind.NAME, client.label()),
                    spec,
                    first,
                    stack.places().apply("mcp")));
        }
    }

    /** One entry on its way to a server. */
    private static final class Reading {
        private final Stack stack;
        private final Contribution out;
        private final String name;
        private final String path;
        private final McpServerEntry entry;
        private boolean fine = true;

        Reading(Stack stack, Contribution out, String name, McpServerEntry entry) {
            this.stack = stack;
            this.out = out;
            this.name = name;
            this.path = SERVERS + "." + name;
            this.entry = entry;
        }

        void read(SortedMap<String, Server> servers, SortedMap<String, LaunchFile.Launch> launches) {
            names();
            McpServerEntry.Preset preset = preset();
            if (!fine) {
                return;
            }
            secretsInTheOpen();
            SortedMap<String, LaunchFile.Secret> secrets = secrets();
            Server server = preset != null ? of(preset, secrets.keySet()) : own();
            if (!fine) {
                return;
            }
            if (secrets.isEmpty()) {
                servers.put(name, server);
                return;
            }
            launches.put(
                    name, new LaunchFile.Launch(server.command(), server.arguments(), server.environment(), secrets));
            servers.put(name, Server.local(HOMEOSTAT, List.of("mcp", "run", name), Map.of()));
        }

        private void problem(String field, String message) {
            fine = false;
            out.problem(field.isEmpty() ? path : path + "." + field, message);
        }

        /** What stands in files and environments under a name. */
        private void names() {
            if (!NAME.matcher(name).matches()) {
                problem("", "expected " + NAME_FORM);
            }
            variables("env", environment().keySet());
            variables(
                    "secrets",
                    entry.secrets() == null ? Set.of() : entry.secrets().keySet());
            if (entry.headers() != null) {
                entry.headers().keySet().stream()
                        .filter(header -> !HEADER.matcher(header).matches())
                        .forEach(header -> problem(
                                "headers", "\"" + header + "\" is not the name of a header: letters, digits and -"));
            }
        }

        private void variables(String field, Set<String> variables) {
            variables.stream()
                    .filter(variable -> !VARIABLE.matcher(variable).matches())
                    .forEach(variable -> problem(
                            field,
                            "\"" + variable + "\" is not the name of a variable: expected "
                                    + McpServerEntry.VARIABLE_FORM));
        }

        /** Null if it is one of the owner's own. */
        private McpServerEntry.Preset preset() {
            long given = List.of(entry.preset() != null, entry.command() != null, entry.url() != null).stream()
                    .filter(Boolean::booleanValue)
                    .count();
            if (given > 1) {
                problem("", "preset, command and url exclude each other: give one of them");
                return null;
            }
            if (entry.url() != null) {
                Map<String, Boolean> startOnly = new TreeMap<>();
                startOnly.put("args", entry.args() != null);
                startOnly.put("env", entry.env() != null);
                startOnly.put("secrets", entry.secrets() != null);
                startOnly.forEach((field, is) -> {
                    if (is) {
                        problem(field, "does not go with url: nothing is started");
                    }
                });
            } else if (entry.headers() != null) {
                problem("headers", "goes with url only");
            }
            if (entry.args() != null && entry.command() == null && entry.url() == null) {
                problem("args", "goes with command only");
            }
            if (given == 0) {
                for (McpServerEntry.Preset known : McpServerEntry.Preset.values()) {
                    if (known.name().equalsIgnoreCase(name)) {
                        return known;
                    }
                }
                problem("", "say what it is: command, url, or preset (homeostat, nixos, postgres, github)");
            }
            return entry.preset();
        }

        private void secretsInTheOpen() {
            if (entry.env() != null) {
                entry.env().forEach((variable, value) -> {
                    if (Confidential.is(variable, value)) {
                        problem(
                                "env." + variable,
                                "looks like a secret, and would be written into the files of programs: put it into a file and write secrets: {"
                                        + variable + ": {file: PATH}}");
                    }
                });
            }
            if (entry.args() != null) {
                String before = "";
                for (int i = 0; i < entry.args().size(); i++) {
                    String argument = entry.args().get(i);
                    if (Confidential.isArgument(before, argument)) {
                        problem(
                                "args." + i,
                                "looks like a secret, and would be written into the files of programs: put it into a file and write secrets: {VARIABLE: {file: PATH}}, with the variable that the program reads it from");
                    }
                    before = argument;
                }
            }
            if (entry.url() != null && Confidential.isAddress(entry.url())) {
                problem("url", IN_THE_OPEN);
            }
            if (entry.headers() != null) {
                entry.headers().forEach((header, value) -> {
                    if (Confidential.is(header, value)) {
                        problem("headers." + header, IN_THE_OPEN);
                    }
                });
            }
        }

        private SortedMap<String, LaunchFile.Secret> secrets() {
            SortedMap<String, LaunchFile.Secret> secrets = new TreeMap<>();
            if (entry.secrets() == null) {
                return secrets;
            }
            entry.secrets().forEach((variable, where) -> {
                String field = "secrets." + variable;
                if ((where.file() == null) == (where.env() == null)) {
                    problem(field, "give one of file and env");
                } else if (where.variable() != null && where.file() == null) {
                    problem(field, "variable goes with file only");
                } else if (entry.env() != null && entry.env().containsKey(variable)) {
                    problem(field, "is given under env, too: keep one of the two");
                } else {
                    secrets.put(
                            variable,
                            new LaunchFile.Secret(
                                    where.file() == null ? null : absolute(where.file()),
                                    where.variable(),
                                    where.env()));
                }
            });
            return secrets;
        }

        private Path absolute(String text) {
            return (text.startsWith("~/") ? stack.account().home().resolve(text.substring(2)) : Path.of(text))
                    .normalize();
        }

        private Server own() {
            if (entry.url() == null) {
                return Server.local(entry.command(), entry.args() == null ? List.of() : entry.args(), environment());
            }
            try {
                URI uri = new URI(entry.url());
                if (uri.getHost() == null || uri.getUserInfo() != null) {
                    problem("url", "an address with https, or with http on this machine, without user and password");
                } else if (uri.getScheme().equals("http") && !THIS_MACHINE.contains(uri.getHost())) {
                    problem("url", "http is for this machine only (127.0.0.1, localhost, [::1]): use https");
                }
            } catch (URISyntaxException e) {
                problem("url", "is no address: " + e.getReason());
            }
            return Server.remote(entry.url(), entry.headers() == null ? Map.of() : entry.headers());
        }

        private Map<String, String> environment() {
            return entry.env() == null ? Map.of() : entry.env();
        }

        private Server of(McpServerEntry.Preset preset, Set<String> secret) {
            return switch (preset) {
                // by HTTP it wants a token, which would stand in the files of programs
                case HOMEOSTAT -> Server.local(HOMEOSTAT, List.of("mcp"), environment());
                case NIXOS -> Server.local("nix", List.of("run", "github:utensils/mcp-nixos", "--"), environment());
                case GITHUB -> container("ghcr.io/github/github-mcp-server", GITHUB_TOKEN, secret, List.of());
                case POSTGRES ->
                    container(
                            "docker.io/crystaldba/postgres-mcp", DATABASE, secret, List.of("--access-mode=restricted"));
            };
        }

        /** Variables go in by their names: their values stand in no argument. */
        private Server container(String image, String needed, Set<String> secret, List<String> words) {
            if (!secret.contains(needed) && !environment().containsKey(needed)) {
                problem("", "needs secrets: {" + needed + ": {file: PATH}}");
            }
            List<String> arguments = new ArrayList<>(List.of("run", "-i", "--rm", "--network=host"));
            Set<String> variables = new TreeSet<>(secret);
            variables.addAll(environment().keySet());
            variables.forEach(variable -> arguments.addAll(List.of("-e", variable)));
            arguments.add(image);
            arguments.addAll(words);
            return Server.local("podman", arguments, environment());
        }
    }
}
