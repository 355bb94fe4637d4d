package dev.homeostat.host.git;

import dev.homeostat.host.posix.SafeFiles;
import dev.homeostat.host.process.Processes;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.nio.file.Path;

/** The git of this machine. Thread-safe. */
@ApplicationScoped
public class Git {
    private final GitSettings settings;
    private final Processes processes;
    private final SafeFiles files;

    @Inject
    public Git(Processes processes, SafeFiles files) {
        this(GitSettings.system(), processes, files);
    }

    public Git(GitSettings settings, Processes processes, SafeFiles files) {
        this.settings = settings;
        this.processes = processes;
        this.files = files;
    }

    /** @param folder what the mirror needs lies below it, and nothing else */
    public GitMirror mirror(Path folder) {
        return new GitMirror(folder, settings, processes, files);
    }
}
