package dev.homeostat.cli;

/** As much of the command line as the client has to understand: the daemon understands the rest. */
final class CommandLine {
    private CommandLine() {}

    /** Where the command stands; -1 if there is none. */
    static int command(String... args) {
        return word(0, args);
    }

    /** Where the file to be read stands, for commands that take one; -1 if there is none. */
    static int file(String... args) {
        int command = command(args);
        if (command < 0) {
            return -1;
        }
        return switch (args[command]) {
            case "plan", "validate" -> word(command + 1, args);
            default -> -1;
        };
    }

    /** The file that the answer is for; null if it is for standard output. */
    static String target(String... args) {
        int command = command(args);
        String file = command >= 0 && args[command].equals("test") ? option("--junit", args) : null;
        return file == null || file.equals("-") ? null : file;
    }

    /** The value of an option that stands anywhere; null if it does not. */
    static String option(String name, String... args) {
        for (int i = 0; i < args.length; i++) {
            if (args[i].equals(name) && i + 1 < args.length) {
                return args[i + 1];
            }
            if (args[i].startsWith(name) && args[i].length() > name.length() && args[i].charAt(name.length()) == '=') {
                return args[i].substring(name.length() + 1);
            }
        }
        return null;
    }

    static boolean has(String flag, String... args) {
        for (String arg : args) {
            if (arg.equals(flag)) {
                return true;
            }
        }
        return false;
    }

    /**
     * Reads {@code 1h30m}, {@code 10s}, {@code 250ms}.
     *
     * @return -1 if it is not one; the daemon says so better
     */
    static long milliseconds(String text) {
        long total = 0;
        long number = -1;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c >= '0' && c <= '9') {
                number = Math.max(number, 0) * 10 + (c - '0');
                if (number > 999_999) {
                    return -1;
                }
                continue;
            }
            boolean milli = c == 'm' && i + 1 < text.length() && text.charAt(i + 1) == 's';
            long unit = switch (c) {
                case 'd' -> 86_400_000L;
                case 'h' -> 3_600_000L;
                case 'm' -> milli ? 1L : 60_000L;
                case 's' -> 1000L;
                default -> -1L;
            };
            if (unit < 0 || number < 0) {
                return -1;
            }
            total += number * unit;
            number = -1;
            i += milli ? 1 : 0;
        }
        return number >= 0 || text.isEmpty() ? -1 : total;
    }

    private static int word(int from, String... args) {
        for (int i = from; i < args.length; i++) {
            switch (args[i]) {
                case "-o", "--output", "--timeout", "--socket" -> i++;
                case "-" -> {
                    return i;
                }
                default -> {
                    if (!args[i].startsWith("-")) {
                        return i;
                    }
                }
            }
        }
        return -1;
    }
}
