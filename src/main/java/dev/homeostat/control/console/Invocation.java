package dev.homeostat.control.console;

import java.util.List;
import java.util.Map;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/**
 * A command line as the client sends it.
 *
 * @param args the words, without the program's name
 * @param columns width of the terminal; 0 if the output is none
 * @param color whether colours are wanted
 * @param files content of the files named in {@code args}, read by the client as its own user; the daemon opens none
 */
@Schema(name = "Invocation")
public record Invocation(
        @Schema(description = "The words of the command line, without the program's name")
        List<String> args,

        @Schema(description = "Width of the terminal; 0 if the output is none")
        int columns,

        @Schema(description = "Whether colours are wanted") boolean color,

        @Schema(description = "Content (base64) of the files named in args, read by the client")
        Map<String, byte[]> files) {
    public Invocation {
        args = args == null ? List.of() : List.copyOf(args);
        files = files == null ? Map.of() : Map.copyOf(files);
    }
}
