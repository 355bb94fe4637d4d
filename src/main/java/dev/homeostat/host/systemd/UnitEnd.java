package dev.homeostat.host.systemd;

import dev.homeostat.host.process.SignalName;
import java.util.Map;
import org.freedesktop.dbus.types.Variant;

/** How the main process of a service ended, as systemd tells it when it notices (org.freedesktop.systemd1(5)). */
final class UnitEnd {
    private static final String SERVICE = "org.freedesktop.systemd1.Service";
    /** ExecMainCode: the si_code of waitid(2). */
    private static final int CLD_EXITED = 1;

    private static final int CLD_DUMPED = 3;

    private UnitEnd() {}

    /**
     * A sentence, such as {@code the main process was killed by signal KILL}.
     *
     * @param values of a PropertiesChanged signal
     * @return empty text if it is not about that, or the main process runs
     */
    static String of(Object[] values) {
        if (!SERVICE.equals(values[0]) || !(values[1] instanceof Map<?, ?> changed)) {
            return "";
        }
        int code = number(changed.get("ExecMainCode"));
        int status = number(changed.get("ExecMainStatus"));
        if (code == 0) {
            return "";
        }
        return switch (String.valueOf(bare(changed.get("Result")))) {
            case "oom-kill" -> "the main process was killed because memory ran out";
            case "watchdog" -> "the main process was killed because it did not feed its watchdog";
            case "timeout" -> "the main process was killed because it took longer than its own limit";
            default ->
                code == CLD_EXITED
                        ? "the main process exited with status " + status
                        : "the main process was killed by signal " + SignalName.of(status)
                                + (code == CLD_DUMPED ? " and left a core" : "");
        };
    }

    private static int number(Object value) {
        return bare(value) instanceof Number number ? number.intValue() : 0;
    }

    private static Object bare(Object value) {
        return value instanceof Variant<?> variant ? variant.getValue() : value;
    }
}
