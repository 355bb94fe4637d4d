package dev.homeostat.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The machine as most figures want it: 500 files, 20 units, 10 containers, all in sync. */
final class Scene {
    static final String FOLDER = "/srv/bench";
    private static String current = "";

    private Scene() {}

    static void everything() {
        set(
                "everything",
                Declarations.yaml(
                        "auto", FOLDER, Declarations.FILES, Declarations.UNITS, Declarations.CONTAINERS, "right"),
                Declarations.ALL);
    }

    static void files(int files) {
        set("files " + files, Declarations.yaml("auto", FOLDER, files, 0, 0, "right"), files);
    }

    /** Declares, starts what is not running, and waits until it is so. */
    static void set(String name, String yaml, int resources) {
        if (!name.equals(current)) {
            Guest.declare(yaml);
            Guest.run("systemctl", "start", "homeostat");
            Guest.settle(resources);
            current = name;
        }
    }

    /** Whatever it is now, it is none of the above. */
    static void another() {
        current = "";
    }

    static void write(Path path, String text) {
        try {
            Files.writeString(path, text);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    static boolean is(Path path, String text) {
        try {
            return Files.readString(path).equals(text);
        } catch (IOException e) {
            return false; // between two lives
        }
    }
}
