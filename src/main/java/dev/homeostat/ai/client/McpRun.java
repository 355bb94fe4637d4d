package dev.homeostat.ai.client;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.homeostat.ai.StackFolders;
import dev.homeostat.cli.ExitCode;
import dev.homeostat.host.posix.Exec;
import dev.homeostat.resource.Json;
import dev.homeostat.resource.Trouble;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * {@code homeostat mcp run NAME}: starts a declared server with its secrets, which stand in files of the user's or in the
 * environment, and in no settings of any program. It becomes the server, with the rights of whoever called it.
 */
public final class McpRun {
    private static final String USAGE = "usage: homeostat mcp run NAME";
    /** 64 servers with all their arguments; ours is some kilobytes. */
    private static final int FILE_LIMIT_BYTES = 1024 * 1024;
    /** A secret is a line; the kernel takes variables of 128 KiB at most. */
    private static final int SECRET_LIMIT_BYTES = 64 * 1024;

    private McpRun() {}

    /** Returns only if it went wrong, and then ends the process. */
    public static void main(String... args) {
        if (args.length != 1 || args[0].startsWith("-")) {
            System.err.println(USAGE);
            System.exit(ExitCode.USAGE.number());
            return;
        }
        try {
            start(args[0], System.getenv());
        } catch (Trouble t) { // standard output is the protocol's
            System.err.println("homeostat: " + t.sentence());
            System.exit(ExitCode.ERROR.number());
        }
    }

    private static void start(String name, Map<String, String> inherited) throws Trouble {
        String home = inherited.get("HOME");
        if (home == null || !home.startsWith("/")) {
            throw Trouble.invalid("HOME is not set", "set it");
        }
        Path file = StackFolders.of(Path.of(home)).config().resolve(LaunchFile.PLACE);
        LaunchFile.Launch launch = read(file).servers().get(name);
        if (launch == null) {
            throw Trouble.invalid(
                    "there is no server \"" + name + "\" with secrets in " + file, "declare it under ai.mcp.servers");
        }
        Map<String, String> environment = environment(launch, inherited);
        List<String> arguments = new ArrayList<>(List.of(launch.command()));
        arguments.addAll(launch.arguments());
        Exec.become(program(launch.command(), inherited.getOrDefault("PATH", "")), arguments, environment);
    }

    static LaunchFile read(Path file) throws Trouble {
        try {
            LaunchFile launches = Json.MAPPER.readValue(content(file, FILE_LIMIT_BYTES), LaunchFile.class);
            if (launches == null || launches.servers() == null) {
                throw Trouble.invalid(file + " is damaged", "homeostat writes it anew if it is removed");
            }
            return launches;
        } catch (NoSuchFileException e) {
            throw Trouble.invalid(
                    "there is no " + file,
                    "declare the server with its secrets under ai.mcp.servers, and look at: homeostat status");
        } catch (IOException e) {
            throw Trouble.invalid(file + " cannot be read", "homeostat writes it anew if it is removed");
        }
    }

    /** What the server gets: what we inherit, what is declared, and the secrets. */
    static Map<String, String> environment(LaunchFile.Launch launch, Map<String, String> inherited) throws Trouble {
        Map<String, String> environment = new TreeMap<>(inherited);
        environment.putAll(launch.environment());
        for (Map.Entry<String, LaunchFile.Secret> each : launch.secrets().entrySet()) {
            environment.put(each.getKey(), value(each.getKey(), each.getValue(), inherited));
        }
        return environment;
    }

    private static String value(String name, LaunchFile.Secret where, Map<String, String> inherited) throws Trouble {
        if (where.env() != null) {
            String value = inherited.get(where.env());
            if (value == null || value.isEmpty()) {
                throw Trouble.invalid(
                        name + " comes from the variable " + where.env() + ", which is not set",
                        "set it where the program is started");
            }
            return value;
        }
        Path file = where.file();
        String text;
        try {
            text = UTF_8.newDecoder()
                    .decode(ByteBuffer.wrap(content(file, SECRET_LIMIT_BYTES)))
                    .toString()
                    .strip();
        } catch (CharacterCodingException e) {
            throw Trouble.invalid(name + " comes from " + file + ", which is not text", "put the secret there");
        } catch (NoSuchFileException e) {
            throw Trouble.invalid(name + " comes from " + file + ", which is not there", "put the secret there");
        } catch (IOException e) {
            throw Trouble.invalid(
                    name + " comes from " + file + ", which cannot be read ("
                            + e.getClass().getSimpleName() + ")",
                    "let its owner read it: chmod 600 " + file);
        }
        if (where.variable() != null) {
            String beginning = where.variable() + "=";
            text = text.lines()
                    .filter(line -> line.startsWith(beginning))
                    .map(line -> unquoted(line.substring(beginning.length())))
                    .findFirst()
                    .orElseThrow(() -> Trouble.invalid(
                            name + " comes from the variable " + where.variable() + " of " + file
                                    + ", which does not have it",
                            "write it there as " + beginning + "..."));
        }
        if (text.isEmpty() || text.chars().anyMatch(Character::isISOControl)) {
            throw Trouble.invalid(
                    name + " comes from " + file + ", which is not one line of text",
                    "put the secret there alone, or name its variable");
        }
        return text;
    }

    private static String unquoted(String text) {
        boolean quoted = text.length() > 1
                && (text.startsWith("\"") && text.endsWith("\"") || text.startsWith("'") && text.endsWith("'"));
        return quoted ? text.substring(1, text.length() - 1) : text;
    }

    /** Of a regular file; a pipe would keep us waiting. */
    private static byte[] content(Path file, int limitBytes) throws IOException {
        if (Files.exists(file, LinkOption.NOFOLLOW_LINKS) && !Files.isRegularFile(file)) {
            throw new IOException("no regular file");
        }
        try (InputStream in = Files.newInputStream(file)) {
            byte[] content = in.readNBytes(limitBytes + 1);
            if (content.length > limitBytes) {
                throw new IOException("too large");
            }
            return content;
        }
    }

    static Path program(String command, String searchPath) throws Trouble {
        if (command.startsWith("/")) {
            return Path.of(command);
        }
        for (String folder : searchPath.split(":")) {
            Path program = Path.of(folder).resolve(command);
            if (folder.startsWith("/") && Files.isRegularFile(program) && Files.isExecutable(program)) {
                return program;
            }
        }
        throw Trouble.invalid(command + " is not installed, or not in PATH", "install it");
    }
}
