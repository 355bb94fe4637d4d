package dev.homeostat.host.process;

import java.util.Map;

/** Names of signals, without SIG. Source: signal(7), the numbers of all architectures that Homeostat runs on. */
public final class SignalName {
    private static final Map<Integer, String> NAMES = Map.ofEntries(
            Map.entry(1, "HUP"),
            Map.entry(2, "INT"),
            Map.entry(3, "QUIT"),
            Map.entry(4, "ILL"),
            Map.entry(5, "TRAP"),
            Map.entry(6, "ABRT"),
            Map.entry(7, "BUS"),
            Map.entry(8, "FPE"),
            Map.entry(9, "KILL"),
            Map.entry(10, "USR1"),
            Map.entry(11, "SEGV"),
            Map.entry(12, "USR2"),
            Map.entry(13, "PIPE"),
            Map.entry(14, "ALRM"),
            Map.entry(15, "TERM"),
            Map.entry(24, "XCPU"),
            Map.entry(25, "XFSZ"),
            Map.entry(31, "SYS"));

    private SignalName() {}

    /** {@code KILL} for 9; of a rarer one its number. */
    public static String of(int signal) {
        return NAMES.getOrDefault(signal, Integer.toString(signal));
    }
}
