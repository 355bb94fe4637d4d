package dev.homeostat.host.witness;

import dev.homeostat.host.posix.Accounts;
import java.time.InstantSource;

/** Witnesses of this machine, for tests of what uses them. */
public final class Witnesses {
    private Witnesses() {}

    public static Witness seeingProcesses(Accounts accounts) {
        ProcessTable processes = new ProcessTable(accounts);
        return new Witness(processes, new Writers(processes, InstantSource.system()), InstantSource.system());
    }
}
