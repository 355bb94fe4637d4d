package dev.homeostat.host.storage;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What containers-storage.conf(5) says, as far as it matters: simple values of two tables.
 *
 * @param driver of {@code [storage]}
 * @param graphRoot of {@code [storage]}
 * @param rootlessPath of {@code [storage]}, with $HOME, $USER and $UID in it
 * @param mountProgram whether there is one in {@code [storage.options.overlay]} or {@code [storage.options]}
 */
record StorageConf(
        Optional<String> driver, Optional<String> graphRoot, Optional<String> rootlessPath, boolean mountProgram) {
    static final StorageConf NONE = new StorageConf(Optional.empty(), Optional.empty(), Optional.empty(), false);

    private static final Pattern TABLE = Pattern.compile("\\s*\\[([A-Za-z0-9_.]{1,100})]\\s*(?:#.*)?");
    private static final Pattern VALUE =
            Pattern.compile("\\s*([A-Za-z0-9_-]{1,60})\\s*=\\s*(?:\"([^\"]{0,1000})\"|'([^']{0,1000})')\\s*(?:#.*)?");

    static StorageConf of(String text) {
        Optional<String> driver = Optional.empty();
        Optional<String> graphRoot = Optional.empty();
        Optional<String> rootless = Optional.empty();
        boolean program = false;
        String table = "";
        for (String line : text.lines().toList()) {
            Matcher heading = TABLE.matcher(line);
            if (heading.matches()) {
                table = heading.group(1);
                continue;
            }
            Matcher value = VALUE.matcher(line);
            if (!value.matches()) {
                continue; // comments, lists, numbers: nothing of ours
            }
            Optional<String> said = Optional.of(value.group(2) != null ? value.group(2) : value.group(3))
                    .filter(t -> !t.isEmpty());
            switch (table + "/" + value.group(1)) {
                case "storage/driver" -> driver = said;
                case "storage/graphroot" -> graphRoot = said;
                case "storage/rootless_storage_path" -> rootless = said;
                case "storage.options.overlay/mount_program", "storage.options/mount_program" ->
                    program |= said.isPresent();
                default -> {
                    // of no interest here
                }
            }
        }
        return new StorageConf(driver, graphRoot, rootless, program);
    }
}
