package dev.homeostat.control.console;

import dev.homeostat.cli.ExitCode;
import dev.homeostat.reconcile.ApprovalRequest;
import dev.homeostat.reconcile.ResourceStatus;
import dev.homeostat.reconcile.RevisionInfo;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** What the completion scripts ask for while somebody types. */
@Command(name = "complete", hidden = true, description = "Names for completion: resources, revisions, approvals.")
final class IdsCommand implements Callable<ExitCode> {
    @ParentCommand
    Root root;

    @Parameters(paramLabel = "WHAT")
    What what;

    enum What {
        resources,
        revisions,
        approvals
    }

    @Override
    public ExitCode call() throws IOException {
        switch (what) {
            case resources -> {
                for (ResourceStatus resource : root.engine().status().resources()) {
                    root.out.line(resource.id().toString());
                }
            }
            case revisions -> {
                for (RevisionInfo revision : root.engine().revisions()) {
                    root.out.line(revision.shortId());
                }
            }
            case approvals -> {
                for (ApprovalRequest request : root.engine().approvals()) {
                    root.out.line(request.action().resource().toString());
                }
            }
        }
        return ExitCode.OK;
    }
}
