package dev.homeostat.control.console.first;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.homeostat.control.console.first.ShellVariables.Unread;
import dev.homeostat.control.console.first.ShellVariables.Variable;
import dev.homeostat.resource.Confidential;
import dev.homeostat.resource.Problem;
import dev.homeostat.resource.Trouble;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.function.Function;

/** What the predecessor, NixOS-Dev-Quick-Deploy, was told, as a declaration. */
public final class Predecessor {
    /** Written where the files do not say it, and told. */
    private static final String SOME_NAME = "workshop";

    private static final String NEWEST_RELEASE = "25.11";

    /** Where a value goes that is taken as it is. */
    private static final Map<String, String> PLAIN = Map.ofEntries(
            Map.entry("HOSTNAME", "host.name"),
            Map.entry("HOST_NAME", "host.name"),
            Map.entry("SELECTED_TIMEZONE", "host.timeZone"),
            Map.entry("SELECTED_LOCALE", "host.locale"),
            Map.entry("NIXOS_STATE_VERSION", "host.stateVersion"),
            Map.entry("STATE_VERSION", "host.stateVersion"),
            Map.entry("SELECTED_NIXOS_VERSION", "host.stateVersion"),
            Map.entry("PRIMARY_USER", "user.name"),
            Map.entry("USER_DESCRIPTION", "user.description"),
            Map.entry("GIT_USER_NAME", "user.git.name"),
            Map.entry("GIT_USER_EMAIL", "user.git.email"),
            Map.entry("DEFAULT_CHANNEL_TRACK", "nixos.channel"));

    /** What a declaration says otherwise, or does not say. */
    private static final Map<String, String> ELSEWHERE = Map.of(
            "USE_BINARY_CACHES", "binary caches are always used; build.substituters adds others",
            "SELECTED_FLATPAK_PROFILE", "no section installs Flatpaks",
            "DEFAULT_FLATPAK_PROFILE", "no section installs Flatpaks",
            "LOCAL_AI_STACK_ENABLED", "its parts are turned on one by one under catalog, see homeostat catalog",
            "REMOTE_BUILDERS_ENABLED", "builders are listed under build.remoteBuilders",
            "AUTO_ROLLBACK_ENABLED", "deployment.onFailure is rollback if nothing else is said");

    private final Map<String, Variable> from = new HashMap<>();
    private final ObjectNode draft = JsonNodeFactory.instance.objectNode();
    private final List<String> notTaken = new ArrayList<>();
    private final List<String> secrets = new ArrayList<>();

    private Predecessor() {}

    /**
     * Writes a declaration.
     *
     * @param files by name; parsed, never run
     * @param validate what is wrong with a declaration
     * @throws Trouble invalid, if a file is not what it should be
     */
    public static String declaration(SequencedMap<String, byte[]> files, Function<byte[], List<Problem>> validate)
            throws Trouble {
        Predecessor predecessor = new Predecessor();
        SequencedMap<String, Variable> last = new LinkedHashMap<>();
        int others = 0;
        for (Map.Entry<String, byte[]> file : files.entrySet()) {
            ShellVariables read = ShellVariables.read(file.getKey(), file.getValue());
            read.variables().forEach(v -> last.put(v.name(), v));
            read.unread().forEach(predecessor::unread);
            others += read.others();
        }
        last.values().forEach(predecessor::take);
        return predecessor.text(validate, others);
    }

    // ---- reading

    private void unread(Unread u) {
        notTaken.add(u.place() + " " + u.name() + " " + u.reason());
    }

    private void take(Variable v) {
        if (v.value().isEmpty()) {
            return; // the predecessor's way of not saying anything
        }
        if (Confidential.is(v.name(), v.value())) {
            secrets.add(v.place() + " " + v.name());
        } else if (PLAIN.containsKey(v.name())) {
            put(PLAIN.get(v.name()), v, v.value());
        } else if (ELSEWHERE.containsKey(v.name())) {
            notTaken.add(v.place() + " " + v.name() + ": " + ELSEWHERE.get(v.name()));
        } else {
            translate(v);
        }
    }

    private void translate(Variable v) {
        String value = v.value();
        switch (v.name()) {
            case "SELECTED_SHELL" -> put("user.shell", v, value.substring(value.lastIndexOf('/') + 1));
            case "SELECTED_EDITOR" ->
                put(
                        "user.editor",
                        v,
                        switch (value) {
                            case "neovim" -> "nvim";
                            case "vscodium" -> "codium";
                            default -> value;
                        });
            case "GPU_TYPE" -> put("hardware.gpu", v, value.equals("software") ? "none" : value);
            case "ZSWAP_CONFIGURATION_OVERRIDE" ->
                put(
                        "memory.zswap",
                        v,
                        switch (value) {
                            case "enable" -> "auto";
                            case "disable" -> "off";
                            default -> value;
                        });
            case "HIBERNATION_SWAP_SIZE_GB" -> {
                put("memory.swap.size", v, value + "G");
                ((ObjectNode) draft.path("memory").path("swap")).put("hibernation", true);
            }
            case "GITEA_ENABLE" -> {
                if (value.equals("true")) {
                    put("catalog.gitea", v, null);
                }
            }
            default -> notTaken.add(v.place() + " " + v.name() + " is not known");
        }
    }

    private void put(String key, Variable v, String value) {
        from.put(key, v);
        ObjectNode node = draft;
        String[] steps = key.split("\\.");
        for (int i = 0; i < steps.length - 1; i++) {
            node = node.path(steps[i]) instanceof ObjectNode there ? there : node.putObject(steps[i]);
        }
        node.put(steps[steps.length - 1], value);
    }

    // ---- writing

    private String text(Function<byte[], List<Problem>> validate, int others) {
        if (draft.path("hardware").path("gpu").asText().equals("nvidia")) {
            ((ObjectNode) (draft.has("nixos") ? draft.get("nixos") : draft.putObject("nixos")))
                    .put("allowUnfree", true);
        }
        List<String> missing = complete();
        Accepted.settle(draft, validate)
                .forEach((key, why) -> notTaken.add(where(key) + " is not accepted: " + key + ": " + why));
        DraftText text = new DraftText();
        text.prose(
                "Written by homeostat import from what the predecessor was told. Nothing is put in place: read it, save"
                        + " it as machine.yaml, and look at `homeostat plan`.");
        text.line("version: 1").blank();
        text.key(0, "policy");
        text.line("  apply: ask # an edit waits for `homeostat apply`; auto: it is followed at once")
                .blank();
        if (!missing.isEmpty()) {
            text.prose("The system stands as a comment because the files do not say " + String.join(" and ", missing)
                    + ": correct what is written for it, and take away the # at the beginning of these lines.");
        }
        ObjectNode ordered = draft.objectNode();
        for (String section : List.of("host", "user", "nixos", "hardware", "memory", "catalog")) {
            if (draft.has(section)) {
                ordered.set(section, draft.get(section));
            }
        }
        text.entry(0, ordered, missing.isEmpty());
        list(text, "Secrets. They are not copied: encrypt each, and name it under secrets.", secrets);
        list(text, "Not taken over:", notTaken);
        if (others > 0) {
            text.blank()
                    .prose("Lines that are no assignment at their beginning, and were not looked at: " + others + ".");
        }
        return text.toString();
    }

    private static void list(DraftText text, String about, List<String> lines) {
        if (!lines.isEmpty()) {
            text.blank().prose(about).prose(lines);
        }
    }

    /** @return what had to be made up */
    private List<String> complete() {
        List<String> missing = new ArrayList<>();
        ObjectNode host = draft.get("host") instanceof ObjectNode there ? there : draft.putObject("host");
        if (!host.has("name")) {
            host.put("name", SOME_NAME);
            missing.add("host.name");
        }
        if (!host.has("stateVersion")) {
            host.put("stateVersion", NEWEST_RELEASE);
            missing.add("host.stateVersion");
        }
        return missing;
    }

    /** The variable that a key came from, or the first one of what is below it. */
    private String where(String key) {
        return from.entrySet().stream()
                .filter(e -> e.getKey().equals(key) || e.getKey().startsWith(key + "."))
                .map(e -> e.getValue().place() + " " + e.getValue().name())
                .sorted()
                .findFirst()
                .orElse("what was read");
    }
}
