package dev.homeostat.control.socket;

import java.util.Map;

/**
 * Whether systemd listens already and hands the socket over (sd_listen_fds(3)).
 */
final class Activation {
    /** SD_LISTEN_FDS_START. */
    static final int FIRST_DESCRIPTOR = 3;

    private Activation() {}

    /** True if exactly one socket was handed to this process; the variables may also be a parent's. */
    static boolean present(Map<String, String> environment, long pid) {
        return Long.toString(pid).equals(environment.get("LISTEN_PID")) && "1".equals(environment.get("LISTEN_FDS"));
    }

    static boolean present() {
        return present(System.getenv(), ProcessHandle.current().pid());
    }
}
