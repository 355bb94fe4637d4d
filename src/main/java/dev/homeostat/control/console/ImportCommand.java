package dev.homeostat.control.console;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.homeostat.cli.ExitCode;
import dev.homeostat.control.console.first.Predecessor;
import dev.homeostat.reconcile.Refusal;
import dev.homeostat.resource.Problem;
import dev.homeostat.resource.Trouble;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

@Command(
        name = "import",
        description =
                "Prints a machine.yaml of the variables and preferences of NixOS-Dev-Quick-Deploy. Its files are read, never run. Needs no daemon.",
        footer = {"", "Example: homeostat import --preferences ~/.cache/nixos-quick-deploy/preferences/user-profile.env"
        })
final class ImportCommand implements Callable<ExitCode> {
    /** Read to tell that a file is too large; what is accepted is less. */
    private static final int READ_LIMIT_BYTES = 1 << 20;

    @ParentCommand
    Root root;

    @Spec
    CommandSpec spec;

    @Option(names = "--vars", paramLabel = "FILE", description = "The predecessor's variables, config/variables.sh.")
    Path variables;

    @Option(
            names = "--preferences",
            paramLabel = "FILE",
            description = "A file of its preferences, NAME.env; may be given several times. A later file counts.")
    List<Path> preferences = new ArrayList<>();

    @Override
    public ExitCode call() throws IOException, Refusal {
        root.ownProcess("import");
        List<Path> paths = new ArrayList<>(preferences);
        if (variables != null) {
            paths.addFirst(variables);
        }
        if (paths.isEmpty()) {
            throw new ParameterException(spec.commandLine(), "name a file: --vars FILE or --preferences FILE");
        }
        try {
            SequencedMap<String, byte[]> files = new LinkedHashMap<>();
            for (Path path : paths) {
                files.put(path.toString(), content(path));
            }
            String text = Predecessor.declaration(files, root::problems);
            List<Problem> problems = root.problems(text.getBytes(UTF_8));
            if (!problems.isEmpty()) {
                throw new IllegalStateException("what was written is no declaration: " + problems);
            }
            root.print(text.lines().toList());
            return ExitCode.OK;
        } catch (Trouble e) {
            throw new Refusal(Refusal.Sort.INVALID, e.sentence());
        }
    }

    private static byte[] content(Path path) throws Trouble {
        if (Files.exists(path) && !Files.isRegularFile(path)) { // a pipe would be waited for
            throw Trouble.invalid(path + " is no file", "name a file of NAME=value lines");
        }
        try (InputStream in = Files.newInputStream(path)) {
            return in.readNBytes(READ_LIMIT_BYTES);
        } catch (IOException e) {
            throw Trouble.invalid(path + " cannot be read: " + e, "correct the path, or who may read it");
        }
    }
}
