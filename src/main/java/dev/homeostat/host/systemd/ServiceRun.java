package dev.homeostat.host.systemd;

import dev.homeostat.host.process.SignalName;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * One run of a service, as systemd tells of it.
 *
 * @param invocation systemd's id of the run, 32 hexadecimal digits
 * @param description of the unit
 * @param environment that its unit sets
 * @param state what became of it
 * @param how a sentence, if it failed: {@code it exited with status 4}; else empty
 * @param mainPid of its main process, 0 if there is none
 * @param began when its main process was started
 * @param ended when that ended; {@link Instant#EPOCH} while it runs
 */
public record ServiceRun(
        UnitName unit,
        String invocation,
        String description,
        Map<String, String> environment,
        State state,
        String how,
        int mainPid,
        Instant began,
        Instant ended) {
    /** What became of a run. */
    public enum State {
        RUNNING,
        SUCCEEDED,
        FAILED
    }

    /** The si_code of waitid(2). */
    private static final int CLD_EXITED = 1;

    public ServiceRun {
        environment = Map.copyOf(environment);
    }

    static Optional<ServiceRun> of(UnitName unit, UnitProperties general, UnitProperties own) {
        String invocation = general.hex("InvocationID");
        if (general.named("LoadState").equals("not-found") || invocation.isEmpty()) {
            return Optional.empty();
        }
        Map<String, String> environment = new LinkedHashMap<>();
        for (String variable : own.texts("Environment")) {
            int equals = variable.indexOf('=');
            if (equals > 0) {
                environment.put(variable.substring(0, equals), variable.substring(equals + 1));
            }
        }
        String how = how(own);
        String sub = general.named("SubState");
        State state = switch (general.named("ActiveState")) {
            case "failed" -> State.FAILED;
            case "active" -> sub.equals("exited") ? ended(how) : State.RUNNING;
            case "inactive" -> ended(how);
            default -> State.RUNNING;
        };
        return Optional.of(new ServiceRun(
                unit,
                invocation,
                general.named("Description"),
                environment,
                state,
                state == State.FAILED ? how.isEmpty() ? "its result is " + own.named("Result") : how : "",
                own.number("MainPID"),
                own.time("ExecMainStartTimestamp"),
                state == State.RUNNING ? Instant.EPOCH : own.time("ExecMainExitTimestamp")));
    }

    /** A program that was asked to end and did so has not done its work, whatever systemd makes of it. */
    private static State ended(String how) {
        return how.isEmpty() ? State.SUCCEEDED : State.FAILED;
    }

    private static String how(UnitProperties own) {
        int code = own.number("ExecMainCode");
        int status = own.number("ExecMainStatus");
        return switch (own.named("Result")) {
            case "timeout" -> "it took longer than its limit and was ended";
            case "oom-kill" -> "it was killed because memory ran out";
            default ->
                code == 0 || code == CLD_EXITED && status == 0
                        ? ""
                        : code == CLD_EXITED
                                ? "it exited with status " + status
                                : "it was killed by signal " + SignalName.of(status);
        };
    }
}
