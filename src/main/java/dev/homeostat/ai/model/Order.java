package dev.homeostat.ai.model;

import dev.homeostat.resource.DataSize;
import dev.homeostat.resource.Trouble;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What {@code homeostat model fetch} is to do. On its command line, which everybody can read: nothing of it is secret.
 *
 * @param folder of models
 * @param name of the file in it
 * @param source where it is from
 * @param known hash of a former download, which counts if the source has none; null if there was none
 * @param rateBytesPerSecond 0 for as fast as it goes
 * @param checkOnly the file is there and is only hashed
 */
record Order(Path folder, String name, ModelSource source, String known, long rateBytesPerSecond, boolean checkOnly) {
    static final String USAGE =
            "usage: homeostat model fetch|check --folder FOLDER --name FILE (--url URL | --file FILE) [--sha256 DIGITS]"
                    + " [--known DIGITS] [--bytes NUMBER] [--rate BYTES] [--token-file FILE]";
    private static final Set<String> OPTIONS =
            Set.of("--folder", "--name", "--url", "--file", "--sha256", "--known", "--bytes", "--rate", "--token-file");
    private static final String HASH = "[0-9a-f]{64}";

    static final String FETCH = "fetch";
    static final String CHECK = "check";

    /** The hash that the file has to have; null if any will do. */
    String expected() {
        return source.sha256() != null ? source.sha256() : known;
    }

    Path file() {
        return folder.resolve(name);
    }

    /** What is on its way. */
    Path part() {
        return folder.resolve(name + ".part");
    }

    List<String> arguments() {
        List<String> arguments =
                new ArrayList<>(List.of(checkOnly ? CHECK : FETCH, "--folder", folder.toString(), "--name", name));
        add(arguments, "--url", source.url());
        add(arguments, "--file", source.file());
        add(arguments, "--sha256", source.sha256());
        add(arguments, "--known", known);
        add(arguments, "--bytes", source.bytes());
        add(arguments, "--rate", rateBytesPerSecond == 0 ? null : rateBytesPerSecond);
        add(arguments, "--token-file", source.tokenFile());
        return arguments;
    }

    private static void add(List<String> arguments, String option, Object value) {
        if (value != null) {
            arguments.add(option);
            arguments.add(value.toString());
        }
    }

    /** @throws Trouble invalid if that is no order */
    static Order parse(String... arguments) throws Trouble {
        if (arguments.length == 0 || !arguments[0].equals(FETCH) && !arguments[0].equals(CHECK)) {
            throw wrong("expected fetch or check");
        }
        Map<String, String> options = new HashMap<>();
        for (int i = 1; i < arguments.length; i += 2) {
            if (!OPTIONS.contains(arguments[i]) || i + 1 == arguments.length) {
                throw wrong("\"" + arguments[i] + "\" is no option, or lacks its value");
            }
            options.put(arguments[i], arguments[i + 1]);
        }
        String name = options.get("--name");
        String folder = options.get("--folder");
        String url = options.get("--url");
        String file = options.get("--file");
        if (name == null || !name.matches(Registry.FILE)) {
            throw wrong("--name: expected " + Registry.FILE_FORM);
        }
        if (folder == null || !folder.startsWith("/")) {
            throw wrong("--folder: expected an absolute path");
        }
        if ((url == null) == (file == null)) {
            throw wrong("expected either --url or --file");
        }
        ModelSource source = new ModelSource(
                url,
                file,
                hash("--sha256", options),
                options.containsKey("--bytes") ? number("--bytes", options) : null,
                options.get("--token-file"));
        if (url != null) {
            try {
                Hop.check(URI.create(url), source.sha256() != null);
            } catch (IllegalArgumentException e) {
                throw wrong("--url is no address");
            }
        }
        return new Order(
                Path.of(folder),
                name,
                source,
                hash("--known", options),
                options.containsKey("--rate") ? number("--rate", options) : 0,
                arguments[0].equals(CHECK));
    }

    private static String hash(String option, Map<String, String> options) throws Trouble {
        String value = options.get(option);
        if (value != null && !value.matches(HASH)) {
            throw wrong(option + ": expected 64 hexadecimal digits");
        }
        return value;
    }

    private static long number(String option, Map<String, String> options) throws Trouble {
        try {
            return DataSize.parse(options.get(option)).bytes();
        } catch (IllegalArgumentException e) {
            throw wrong(option + ": " + e.getMessage());
        }
    }

    private static Trouble wrong(String message) {
        return Trouble.invalid(message, "");
    }
}
