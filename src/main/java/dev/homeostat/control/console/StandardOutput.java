package dev.homeostat.control.console;

import dev.homeostat.control.console.text.Style;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/** Standard output and error of this process, for commands that are run without a daemon. Never in colour. */
final class StandardOutput implements Output {
    private final PrintStream out =
            new PrintStream(new FileOutputStream(FileDescriptor.out), false, StandardCharsets.UTF_8);
    private final PrintStream err =
            new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8);

    @Override
    public void line(String text) {
        print(out, text);
    }

    @Override
    public void error(String text) {
        print(err, text);
    }

    @Override
    public void flush() {
        out.flush();
    }

    private static void print(PrintStream stream, String text) {
        for (String line : text.split("\n", -1)) {
            stream.println(Style.sent(line, false));
        }
    }
}
