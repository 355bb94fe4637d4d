package dev.homeostat.host.systemd;

import dev.homeostat.resource.Trouble;
import java.util.List;

/** Who says that the machine must not be interrupted now (systemd-inhibit(1)). Thread-safe. */
public interface Inhibitors {
    /**
     * Locks that block a shutdown: whoever holds one has something going that must not be torn down.
     *
     * @throws Trouble if that cannot be found out in time
     */
    List<Inhibitor> againstShutdown() throws Trouble;
}
