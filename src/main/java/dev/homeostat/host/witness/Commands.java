package dev.homeostat.host.witness;

import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.PatternSyntaxException;

/**
 * Whether a command line moves a unit or a container, and what it does to it. Only the programs that do so themselves count: a
 * shell or sudo in front of them has them as a child, and whoever only shows or edits something is not named.
 */
public final class Commands {
    private static final Map<String, String> SYSTEMCTL = Map.ofEntries(
            Map.entry("stop", "stopped"),
            Map.entry("restart", "restarted"),
            Map.entry("try-restart", "restarted"),
            Map.entry("reload-or-restart", "restarted"),
            Map.entry("try-reload-or-restart", "restarted"),
            Map.entry("reload", "reloaded"),
            Map.entry("kill", "killed"),
            Map.entry("start", "started"),
            Map.entry("enable", "enabled"),
            Map.entry("reenable", "enabled"),
            Map.entry("disable", "disabled"),
            Map.entry("mask", "masked"),
            Map.entry("unmask", "unmasked"),
            Map.entry("revert", "changed"),
            Map.entry("set-property", "changed"),
            Map.entry("freeze", "frozen"),
            Map.entry("preset", "changed"));
    private static final Map<String, String> PODMAN = Map.of(
            "stop",
            "stopped",
            "kill",
            "killed",
            "rm",
            "removed",
            "restart",
            "restarted",
            "pause",
            "paused",
            "start",
            "started",
            "rename",
            "renamed",
            "update",
            "changed",
            "unpause",
            "unpaused");
    /** Short options and shortest prefixes of ids are shorter. */
    private static final int ID_PREFIX_LEAST = 3;

    private Commands() {}

    /** Whether a process with this command line can be one of those below at all. */
    static boolean mayMatter(List<String> arguments) {
        String program = ProcessFacts.program(arguments);
        return program.equals("systemctl") || program.equals("podman");
    }

    /**
     * By systemctl(1).
     *
     * @param unit its full name
     * @param user whose service manager it is; empty if it is the system's
     * @return what is done to the unit: {@code stopped}; empty if it is not this
     */
    public static Optional<String> systemctl(ProcessFacts process, String unit, Optional<Integer> user) {
        List<String> arguments = process.arguments();
        boolean reaches = user.isEmpty()
                ? !arguments.contains("--user")
                : arguments.contains("--user") && isFor(process, user.get(), arguments);
        if (!process.program().equals("systemctl") || !reaches) {
            return Optional.empty();
        }
        List<String> words =
                arguments.stream().skip(1).filter(word -> !word.startsWith("-")).toList();
        for (int i = 0; i < words.size() - 1; i++) {
            String deed = SYSTEMCTL.get(words.get(i));
            if (deed != null) {
                return words.subList(i + 1, words.size()).stream().anyMatch(word -> means(word, unit))
                        ? Optional.of(deed)
                        : Optional.empty();
            }
        }
        return Optional.empty();
    }

    /** Only the user himself reaches it, and root with {@code --machine=app@}. */
    private static boolean isFor(ProcessFacts process, int user, List<String> arguments) {
        return process.effectiveUid() == user
                || process.effectiveUid() == 0
                        && arguments.stream().anyMatch(a -> a.startsWith("-M") || a.startsWith("--machine"));
    }

    /** Units may be given without {@code .service}, and as patterns. */
    private static boolean means(String word, String unit) {
        if (word.equals(unit) || (word + ".service").equals(unit)) {
            return true;
        }
        if (word.chars().noneMatch(c -> c == '*' || c == '?' || c == '[')) {
            return false;
        }
        try {
            return FileSystems.getDefault()
                    .getPathMatcher("glob:" + word.replace("\\", "\\\\").replace("{", "\\{"))
                    .matches(Path.of(unit));
        } catch (PatternSyntaxException e) {
            return false; // systemctl takes it as a name, too
        }
    }

    /**
     * By podman(1).
     *
     * @param id of the container, or empty text
     * @param user whose containers are meant; empty for root's
     */
    public static Optional<String> podman(ProcessFacts process, String name, String id, Optional<Integer> user) {
        if (!process.program().equals("podman") || process.effectiveUid() != user.orElse(0)) {
            return Optional.empty();
        }
        List<String> words = process.arguments().subList(1, process.arguments().size());
        for (int i = 0; i < words.size(); i++) {
            String deed = PODMAN.get(words.get(i));
            if (deed != null) {
                boolean meant = words.subList(i + 1, words.size()).stream()
                        .anyMatch(word -> word.equals(name)
                                || word.equals("--all")
                                || word.equals("-a")
                                || word.length() >= ID_PREFIX_LEAST && id.startsWith(word));
                return meant ? Optional.of(deed) : Optional.empty();
            }
        }
        return Optional.empty();
    }
}
