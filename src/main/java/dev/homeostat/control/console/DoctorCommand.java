package dev.homeostat.control.console;

import dev.homeostat.cli.ExitCode;
import dev.homeostat.control.console.text.FindingsText;
import dev.homeostat.control.console.text.Style;
import dev.homeostat.control.console.text.Table;
import dev.homeostat.reconcile.Examined;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

@Command(
        name = "doctor",
        description =
                "Checks the installation itself; that works without a daemon, too. With --machine, what is declared.",
        footer = {"", "Example: homeostat doctor", "         homeostat doctor --machine"})
final class DoctorCommand implements Callable<ExitCode> {
    @ParentCommand
    Root root;

    @Option(
            names = "--machine",
            description =
                    "Check the machine instead: every declared resource, ports, GPU, storage. Each passes or fails, with what was seen.")
    boolean machine;

    @Override
    public ExitCode call() throws IOException {
        if (machine) {
            Examined examined = root.examiner().examine();
            root.print(examined, FindingsText.of(examined, root.columns()));
            return examined.passed() ? ExitCode.OK : ExitCode.ERROR;
        }
        List<Check> checks = root.installation.checks(root.isDaemon());
        Table table = new Table("CHECK", "VERDICT", "FOUND");
        for (Check check : checks) {
            table.row(
                    check.what(),
                    verdict(check.verdict()),
                    check.found() + (check.remedy().isEmpty() ? "" : "; " + check.remedy()));
        }
        root.print(checks, table.render(root.columns()));
        return checks.stream().anyMatch(check -> check.verdict() == Check.Verdict.wrong) ? ExitCode.ERROR : ExitCode.OK;
    }

    private static String verdict(Check.Verdict verdict) {
        return switch (verdict) {
            case ok -> Style.GREEN.of("ok");
            case warning -> Style.YELLOW.of("warning");
            case wrong -> Style.RED.of("wrong");
        };
    }
}
