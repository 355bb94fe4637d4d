package dev.homeostat.bench;

import java.nio.file.Path;

/** What is declared while it is measured. */
final class Declarations {
    static final int FILES = 500;
    static final int UNITS = 20;
    static final int CONTAINERS = 10;
    static final int ALL = FILES + UNITS + CONTAINERS;

    /** The limits of fights are for people; here one file is edited hundreds of times. */
    private static final String POLICY = "policy: {apply: %s, fights: {corrections: 1000000, within: 1s}}\n";

    private Declarations() {}

    static Path file(String folder, int number) {
        return Path.of(folder, "%05d.conf".formatted(number));
    }

    static String content(int number, String word) {
        return "number = " + number + "\nword = " + word + "\n";
    }

    static String unit(int number) {
        return "bench-%02d.service".formatted(number);
    }

    static String container(int number) {
        return "bench-box-%02d".formatted(number);
    }

    /** @param word stands in the first file; another word is another revision */
    static String yaml(String apply, String folder, int files, int units, int containers, String word) {
        StringBuilder yaml = new StringBuilder("version: 1\n").append(POLICY.formatted(apply));
        if (files > 0) {
            yaml.append("files:\n");
        }
        for (int n = 0; n < files; n++) {
            yaml.append("  ").append(file(folder, n)).append(": {content: \"");
            yaml.append(content(n, n == 0 ? word : "right").replace("\n", "\\n"))
                    .append("\"}\n");
        }
        if (units > 0) {
            yaml.append("services:\n");
        }
        for (int n = 0; n < units; n++) {
            yaml.append("  ")
                    .append(unit(n))
                    .append(": {state: running, unit: {Service: {ExecStart: /bin/sleep infinity}}}\n");
        }
        if (containers > 0) {
            yaml.append("containers:\n");
        }
        for (int n = 0; n < containers; n++) {
            yaml.append("  ").append(container(n)).append(": {image: \"localhost/busybox:1\", ");
            yaml.append("command: [sleep, infinity]}\n");
        }
        return yaml.toString();
    }
}
