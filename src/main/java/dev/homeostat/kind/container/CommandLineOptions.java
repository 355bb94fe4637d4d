package dev.homeostat.kind.container;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * What the words of a {@code podman run} say that its inspection does not.
 *
 * @param notSaid what a declaration cannot say, such as {@code the option --cap-add}; values are not shown
 * @param environmentFiles as they were given
 * @param variables names of those that were given one by one
 */
record CommandLineOptions(SortedSet<String> notSaid, List<String> environmentFiles, Set<String> variables) {
    /** Those with a value that a declaration says, or that only concern the making. */
    private static final Set<String> SAID = Set.of(
            "--env",
            "--env-file",
            "--publish",
            "--volume",
            "--name",
            "--network",
            "--net",
            "--restart",
            "--label",
            "--memory",
            "--cpus",
            "--pids-limit",
            "--health-cmd",
            "--health-interval",
            "--health-retries",
            "--health-timeout",
            "--health-start-period",
            "--health-on-failure",
            "--pull",
            "--cgroups",
            "--sdnotify",
            "--cidfile",
            "--conmon-pidfile");

    private static final Set<String> FLAGS = Set.of("--detach", "--replace", "--rm", "--quiet");
    private static final Map<Character, String> LETTERS =
            Map.of('e', "--env", 'p', "--publish", 'v', "--volume", 'l', "--label", 'm', "--memory");
    private static final String LETTER_FLAGS = "dq";
    /** Flags that a declaration cannot say, so that what follows them is the next letter and no value. */
    private static final String OTHER_FLAGS = "itP";

    private static final Set<String> MOUNT_OPTIONS = Set.of("ro", "rw");

    /**
     * Reads them.
     *
     * @param command the whole command line
     * @param image where the options end
     */
    static CommandLineOptions of(List<String> command, String image) {
        CommandLineOptions options = new CommandLineOptions(new TreeSet<>(), new ArrayList<>(), new LinkedHashSet<>());
        int at = Math.max(command.indexOf("run"), command.indexOf("create")) + 1;
        while (at < command.size()
                && !command.get(at).equals(image)
                && !command.get(at).equals("--")) {
            String word = command.get(at++);
            String next = at < command.size() ? command.get(at) : "";
            boolean taken = word.startsWith("--")
                    ? options.word(word, next)
                    : word.startsWith("-") && options.letters(word, next);
            at += taken ? 1 : 0;
        }
        return options;
    }

    /** @return whether the next word belongs to it */
    private boolean word(String word, String next) {
        int equals = word.indexOf('=');
        String name = equals < 0 ? word : word.substring(0, equals);
        if (SAID.contains(name)) {
            value(name, equals < 0 ? next : word.substring(equals + 1));
            return equals < 0;
        }
        if (!FLAGS.contains(name)) {
            notSaid.add("the option " + name);
        }
        return false;
    }

    private boolean letters(String word, String next) {
        for (int i = 1; i < word.length(); i++) {
            char letter = word.charAt(i);
            if (LETTERS.containsKey(letter)) {
                boolean last = i == word.length() - 1;
                String value = last ? next : word.substring(i + 1);
                value(LETTERS.get(letter), value.startsWith("=") ? value.substring(1) : value);
                return last;
            }
            if (LETTER_FLAGS.indexOf(letter) < 0) {
                notSaid.add("the option -" + letter);
                if (OTHER_FLAGS.indexOf(letter) < 0) {
                    return false; // what follows may be its value
                }
            }
        }
        return false;
    }

    private void value(String name, String value) {
        switch (name) {
            case "--env" -> variables.add(value.split("=", 2)[0]);
            case "--env-file" -> environmentFiles.add(value);
            case "--network", "--net" -> {
                if (value.contains(":")) {
                    notSaid.add("the options of its network");
                }
            }
            case "--volume" -> {
                String[] parts = value.split(":");
                if (parts.length > 2 && !MOUNT_OPTIONS.contains(parts[2])) {
                    notSaid.add("the options " + parts[2] + " of what is mounted at " + parts[1]);
                }
            }
            default -> {
                // its inspection says it
            }
        }
    }
}
