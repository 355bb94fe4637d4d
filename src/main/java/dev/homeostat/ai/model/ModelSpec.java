package dev.homeostat.ai.model;

import dev.homeostat.resource.Spec;
import java.nio.file.Path;

/**
 * The file of a model as it should be.
 *
 * @param folder of models, absolute
 * @param file its name there
 * @param rateBytesPerSecond at most so many when it is downloaded; 0 for any number
 */
public record ModelSpec(Path folder, String file, ModelSource source, long rateBytesPerSecond) implements Spec {
    Path path() {
        return folder.resolve(file);
    }

    /** @param known hash of what was fetched from there before; null if nothing was */
    Order order(String known, boolean checkOnly) {
        return new Order(folder, file, source, known, rateBytesPerSecond, checkOnly);
    }
}
