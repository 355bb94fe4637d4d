package dev.homeostat.control.console;

import dev.homeostat.cli.ExitCode;
import dev.homeostat.control.console.text.Style;
import dev.homeostat.control.console.text.Table;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParentCommand;

@Command(
        name = "doctor",
        description = "Checks the installation itself. Works without a daemon, too.",
        footer = {"", "Example: homeostat doctor"})
final class DoctorCommand implements Callable<ExitCode> {
    @ParentCommand
    Root root;

    @Override
    public ExitCode call() throws IOException {
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
