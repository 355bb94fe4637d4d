package dev.homeostat.control.console;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.TreeMap;

/**
 * What is no command of the daemon's console but a process of its own, which the launcher starts. Known here by its words only,
 * for help and completion.
 */
enum Apart {
    DAEMON(
            "The daemon itself, in the foreground.",
            Map.of("", List.of("--user", "--config=", "--state=", "--socket=")),
            """
            Usage: homeostat daemon [--user] [--config FOLDER] [--state FOLDER] [--socket PATH]
            The daemon itself; systemd starts it as homeostat.service. Its options and environment are in the
            reference (docs/reference/cli.md#daemon).
            """),
    SUGGEST(
            "Asks the model of the AI stack for an edit, and shows it.",
            Map.of("", List.of("--timeout=", "--socket=")),
            """
            Usage: homeostat suggest [--timeout TIME] [--socket PATH] WHAT...
            Asks the model of the AI stack for an edit of machine.yaml, and shows it with its plan as a proposal. Changes
            nothing: homeostat approve puts it in place, homeostat decline drops it.

            Example: homeostat suggest "a Postgres for project X"
            """),
    MCP(
            "The server for agents, and servers that are declared.",
            Map.of("", List.of("--http="), "new", List.of("--lang=", "--into="), "run", List.of()),
            """
            Usage: homeostat mcp [--http ADDRESS:PORT]
                   homeostat mcp new NAME --lang ts|python [--into FOLDER]
                   homeostat mcp run NAME
            A server of the Model Context Protocol: agents look at this machine through it, and propose edits that a
            person approves. new begins a server of your own from a template. run starts a declared one with its secrets.
            """),
    KNOWLEDGE(
            "The knowledge base, and what follows into it.",
            Map.of(
                    "serve", List.of("--listen=", "--state=", "--embeddings=", "--model="),
                    "follow", List.of("--config=", "--documentation=")),
            """
            Usage: homeostat knowledge serve [--listen ADDRESS:PORT] [--state FOLDER] [--embeddings URL --model NAME]
                   homeostat knowledge follow [--config FILE] [--documentation FOLDER]
            The knowledge base; systemd starts it as homeostat-knowledge.service. What it offers is in the reference
            (docs/reference/knowledge-api.md). follow keeps it alike with folders: the user's unit
            homeostat-documents.service starts it (docs/guide/documents.md).
            """),
    MODEL("Brings the file of a model to its place.", Map.of("fetch", Options.FILE, "check", Options.FILE), """
            Usage: homeostat model fetch|check OPTIONS
            Brings the file of a model to its place. The daemon starts it (docs/guide/models.md).
            """);

    /** A sentence. */
    final String about;
    /** By the word that comes first, nothing if none has to: its options. One that wants a value ends in {@code =}. */
    final SequencedMap<String, List<String>> words;

    final List<String> usage;

    Apart(String about, Map<String, List<String>> words, String usage) {
        this.about = about;
        this.words = new TreeMap<>(words);
        this.usage = usage.lines().toList();
    }

    /** As people type it. */
    String command() {
        return name().toLowerCase(Locale.ROOT);
    }

    static Optional<Apart> of(String command) {
        return Arrays.stream(values()).filter(a -> a.command().equals(command)).findFirst();
    }

    /** Apart, because the constants above need it. */
    private static final class Options {
        static final List<String> FILE = List.of(
                "--folder=",
                "--name=",
                "--url=",
                "--file=",
                "--sha256=",
                "--known=",
                "--bytes=",
                "--rate=",
                "--token-file=");
    }
}
