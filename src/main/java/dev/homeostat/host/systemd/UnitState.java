package dev.homeostat.host.systemd;

import java.time.Instant;
import java.util.List;

/**
 * A unit as its service manager knows it; texts are systemd's own.
 *
 * @param id its name; another one if it was asked for by an alias
 * @param load {@code loaded}, {@code not-found}, {@code masked}, {@code bad-setting}, {@code error}
 * @param loadError what systemd says if it could not be loaded, else empty
 * @param active {@code active}, {@code inactive}, {@code failed}, {@code activating}, {@code deactivating}, {@code reloading}
 * @param sub finer, differs by type: {@code running}, {@code dead}, {@code auto-restart}
 * @param unitFile {@code enabled}, {@code disabled}, {@code static}, {@code masked}, ...; empty if there is no file
 * @param fragment path of its file, empty if there is none
 * @param dropIns paths of what adds to its file
 * @param needsReload whether files changed since systemd read them
 * @param activeEnter when it last became active; {@link Instant#EPOCH} if it never did since it was loaded
 * @param activeExit when it last ceased to be active
 * @param conditionFailed whether a condition of its own kept it from starting the last time
 * @param result of a service's last run, {@code success} if there was none; only asked when not active
 * @param endsByItself a {@code Type=oneshot} that does not remain: it cannot stay active; only asked when not active
 */
public record UnitState(
        String id,
        String load,
        String loadError,
        String active,
        String sub,
        String unitFile,
        String fragment,
        List<String> dropIns,
        boolean needsReload,
        Instant activeEnter,
        Instant activeExit,
        boolean conditionFailed,
        String result,
        boolean endsByItself) {
    public UnitState {
        dropIns = List.copyOf(dropIns);
    }

    public boolean isThere() {
        return !load.equals("not-found");
    }

    /** Active, also while it reads its configuration anew. */
    public boolean isActive() {
        return active.equals("active") || active.equals("reloading") || active.equals("refreshing");
    }

    public boolean isFailed() {
        return active.equals("failed");
    }

    /** On its way to another state by itself. */
    public boolean isMoving() {
        return active.equals("activating") || active.equals("deactivating");
    }

    public boolean isMasked() {
        return unitFile.startsWith("masked") || load.equals("masked");
    }

    UnitState withRun(String newResult, boolean newEndsByItself) {
        return new UnitState(
                id,
                load,
                loadError,
                active,
                sub,
                unitFile,
                fragment,
                dropIns,
                needsReload,
                activeEnter,
                activeExit,
                conditionFailed,
                newResult,
                newEndsByItself);
    }
}
