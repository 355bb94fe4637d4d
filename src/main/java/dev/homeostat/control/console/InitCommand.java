package dev.homeostat.control.console;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.homeostat.cli.ExitCode;
import dev.homeostat.control.console.first.Findings;
import dev.homeostat.control.console.first.FirstFile;
import dev.homeostat.control.console.first.FirstLook;
import dev.homeostat.reconcile.Refusal;
import dev.homeostat.resource.Problem;
import dev.homeostat.resource.ResourceId;
import dev.homeostat.resource.Trouble;
import java.io.IOException;
import java.util.List;
import java.util.SortedMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

@Command(
        name = "init",
        description =
                "Writes a first machine.yaml of what this machine is, with all that is not sure as a comment. Needs no daemon, and overwrites nothing.",
        footer = {"", "Example: homeostat init -"})
final class InitCommand implements Callable<ExitCode> {
    private static final String STANDARD_OUTPUT = "-";

    @ParentCommand
    Root root;

    @Parameters(
            arity = "0..1",
            paramLabel = "FILE",
            description = "Where to write it; - for standard output. Default: machine.yaml where the daemon reads it.")
    String file;

    @Override
    public ExitCode call() throws IOException, Refusal {
        OwnProcess process = root.ownProcess("init");
        try {
            NewFile target = STANDARD_OUTPUT.equals(file) ? null : process.newFile(file);
            if (target != null) {
                target.refuseExisting();
            }
            Findings findings = process.firstLook().look();
            SortedMap<ResourceId, String> reasons =
                    FirstLook.reasons(findings, root::problems, root.pureEngine()::notSoYet);
            String text = FirstFile.of(findings, reasons, root::problems);
            byte[] content = text.getBytes(UTF_8);
            List<Problem> problems = root.problems(content);
            if (!problems.isEmpty()) {
                throw new IllegalStateException("what was written is no declaration: " + problems);
            }
            if (target == null) {
                root.print(text.lines().toList());
                return ExitCode.OK;
            }
            target.write(content);
            long all = findings.parts().stream()
                    .mapToLong(part -> part.found().size())
                    .sum();
            root.out.line(target.path() + " is written: " + (all - reasons.size()) + " in force, " + reasons.size()
                    + " as comments, and the system as a comment.");
            root.out.line("Read it, then look at: homeostat plan");
            return ExitCode.OK;
        } catch (Trouble e) {
            throw new Refusal(Refusal.Sort.CONFLICT, e.sentence());
        }
    }
}
