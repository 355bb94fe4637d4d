package dev.homeostat.cli;

/** Which command lines can be answered without a daemon. */
public final class Offline {
    private Offline() {}

    public static boolean can(String... args) {
        for (String arg : args) {
            switch (arg) {
                case "--help", "-h", "--version", "-V" -> {
                    return true;
                }
                default -> {
                    // looked at below
                }
            }
        }
        int command = CommandLine.command(args);
        if (command < 0) {
            return false;
        }
        return switch (args[command]) {
            case "schema", "completion", "validate", "facts", "catalog", "doctor", "help" -> true;
            default -> false;
        };
    }
}
