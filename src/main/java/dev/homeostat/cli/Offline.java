package dev.homeostat.cli;

/** Which command lines can be answered without a daemon. */
public final class Offline {
    private Offline() {}

    /** Which are never sent to a daemon: they read and write files as the user who gives them. */
    static boolean only(String... args) {
        int command = CommandLine.command(args);
        return command >= 0 && (args[command].equals("init") || args[command].equals("import"));
    }

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
            case "init", "import" -> true;
            default -> false;
        };
    }
}
