package dev.homeostat.ai.mcp;

import dev.homeostat.resource.Trouble;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** {@code homeostat mcp new}: a server of one's own, from a template. Writes as the user who gives the command. */
final class NewServer {
    /** As it stands in the templates, which work as they are. */
    private static final String TEMPLATE_NAME = "example-server";
    /** As npm and Python's packaging both take it. */
    private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9]*(-[a-z0-9]+)*");

    private static final int NAME_LIMIT_CHARS = 48;

    /** A jar cannot be listed, so their names are written down here; a test holds them against the folder. */
    static final Map<String, List<String>> FILES = Map.of(
            "ts",
            List.of("README.md", "package.json", "src/server.ts", "tsconfig.json"),
            "python",
            List.of("README.md", "pyproject.toml", "server.py"));

    private final String name;
    private final String language;
    private final Path folder;

    private NewServer(String name, String language, Path folder) {
        this.name = name;
        this.language = language;
        this.folder = folder;
    }

    /** The command line is wrong. */
    static final class WrongWords extends Exception {
        private static final long serialVersionUID = 1L;

        WrongWords(String message) {
            super(message, null, false, false);
        }
    }

    static NewServer of(String... args) throws WrongWords {
        String name = null;
        Map<String, String> options = new LinkedHashMap<>();
        for (int i = 0; i < args.length; i++) {
            if (args[i].equals("--lang") || args[i].equals("--into")) {
                if (i + 1 == args.length) {
                    throw new WrongWords(args[i] + " needs a value");
                }
                options.put(args[i], args[++i]);
            } else if (args[i].startsWith("-") || name != null) {
                throw new WrongWords("\"" + args[i] + "\" is one word too many");
            } else {
                name = args[i];
            }
        }
        if (name == null
                || name.length() > NAME_LIMIT_CHARS
                || !NAME.matcher(name).matches()) {
            throw new WrongWords("the name of a server has lower-case letters, digits and single -, at most "
                    + NAME_LIMIT_CHARS + ", such as my-notes");
        }
        String language = options.getOrDefault("--lang", "");
        if (!FILES.containsKey(language)) {
            throw new WrongWords("say in which language: --lang ts or --lang python");
        }
        Path into = Path.of(options.getOrDefault("--into", "")).toAbsolutePath().normalize();
        return new NewServer(name, language, into.resolve(name));
    }

    /**
     * @return what to do next
     * @throws Trouble if something is there already, or it cannot be written
     */
    List<String> write() throws Trouble {
        try {
            Files.createDirectory(folder);
            for (String file : FILES.get(language)) {
                Path target = folder.resolve(file);
                Files.createDirectories(target.getParent());
                String text = template(language + "/" + file).replace(TEMPLATE_NAME, name);
                Files.writeString(target, text, StandardOpenOption.CREATE_NEW);
            }
        } catch (FileAlreadyExistsException e) {
            throw Trouble.conflict(
                    e.getFile() + " is there already, and is left as it is", "another name, or --into another folder");
        } catch (IOException e) {
            throw Trouble.passing(folder + " cannot be written: " + e, e);
        }
        return language.equals("ts")
                ? List.of(
                        folder + " is written. Next:",
                        "  cd " + folder,
                        "  npm install && npm run build",
                        "  and tell a client of it: node " + folder.resolve("dist/server.js"))
                : List.of(
                        folder + " is written. Next:",
                        "  cd " + folder,
                        "  python3 -m venv .venv && .venv/bin/pip install .",
                        "  and tell a client of it: " + folder.resolve(".venv/bin/python") + " "
                                + folder.resolve("server.py"));
    }

    private static String template(String name) throws IOException {
        try (InputStream in = NewServer.class.getResourceAsStream("templates/" + name)) {
            if (in == null) {
                throw new IllegalStateException("the program was built without the template " + name);
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
