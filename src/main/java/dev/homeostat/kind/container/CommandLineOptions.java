package dev.homeostat.kind.container;

import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/** Which options of {@code podman run} a container was made with that a declaration cannot say. Their values are not looked at. */
final class CommandLineOptions {
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

    private static final Set<String> SAID_FLAGS = Set.of("--detach", "--replace", "--rm", "--quiet");
    private static final String SAID_LETTERS_WITH_VALUE = "epvlm";
    private static final String SAID_LETTERS = "dq";

    private CommandLineOptions() {}

    /**
     * Sorted by name, such as {@code --cap-add}.
     *
     * @param command the whole command line
     * @param image where the options end
     */
    static SortedSet<String> notSaid(List<String> command, String image) {
        SortedSet<String> others = new TreeSet<>();
        int run = Math.max(command.indexOf("run"), command.indexOf("create"));
        for (int i = run + 1; i < command.size(); i++) {
            String word = command.get(i);
            if (word.equals(image) || word.equals("--")) {
                break;
            }
            if (word.startsWith("--")) {
                int equals = word.indexOf('=');
                String name = equals < 0 ? word : word.substring(0, equals);
                if (SAID.contains(name)) {
                    i += equals < 0 ? 1 : 0;
                } else if (!SAID_FLAGS.contains(name)) {
                    others.add(name);
                }
            } else if (word.startsWith("-")) {
                i += letters(word, others);
            }
        }
        return others;
    }

    /** @return how many words more belong to it */
    private static int letters(String word, Set<String> others) {
        for (int at = 1; at < word.length(); at++) {
            char letter = word.charAt(at);
            if (SAID_LETTERS_WITH_VALUE.indexOf(letter) >= 0) {
                return at == word.length() - 1 ? 1 : 0;
            }
            if (SAID_LETTERS.indexOf(letter) < 0) {
                others.add("-" + letter);
                if (letter != 'i' && letter != 't') {
                    return 0; // what follows may be its value
                }
            }
        }
        return 0;
    }
}
