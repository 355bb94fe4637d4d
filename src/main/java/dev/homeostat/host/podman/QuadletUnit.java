package dev.homeostat.host.podman;

import dev.homeostat.host.systemd.ServiceManager;
import dev.homeostat.host.systemd.UnitName;
import dev.homeostat.host.systemd.UnitState;
import dev.homeostat.resource.Action;
import dev.homeostat.resource.Difference;
import dev.homeostat.resource.Impact;
import dev.homeostat.resource.Phase;
import dev.homeostat.resource.ResourceId;
import dev.homeostat.resource.Trouble;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/** What is the same for the units of all Quadlet files. */
public final class QuadletUnit {
    /** Generated units lie in .../systemd/generator, generator.early or generator.late. */
    private static final String GENERATED = "/systemd/generator";

    /** Verbs of the actions that all kinds of Quadlet files have. */
    public static final String WRITE = "write";

    public static final String RELOAD = "reload";
    public static final String REMOVE = "remove";

    private QuadletUnit() {}

    /**
     * Compares file and unit with what is declared.
     *
     * @param text the file as it should be
     * @param quadlet null if there is no such file
     * @param differences gets what differs
     * @return what is to be done about it
     */
    public static Optional<Action> compare(
            ResourceId id, String text, Quadlets.Found quadlet, UnitState unit, List<Difference> differences) {
        if (quadlet == null || !quadlet.text().equals(text)) {
            differences.add(new Difference("quadlet", text, quadlet == null ? "" : quadlet.text()));
            return Optional.of(action(
                    id,
                    WRITE,
                    "write the Quadlet file of " + id.kind() + " " + id.name(),
                    quadlet == null ? "remove it" : ""));
        }
        if (!unit.isThere() || unit.needsReload()) {
            differences.add(new Difference(
                    "unit", "made from the current Quadlet file", unit.isThere() ? "of an older one" : "missing"));
            return Optional.of(
                    action(id, RELOAD, "let systemd read the Quadlet file of " + id.kind() + " " + id.name(), ""));
        }
        return Optional.empty();
    }

    private static Action action(ResourceId id, String verb, String summary, String undo) {
        return new Action(id, verb, Phase.DEPLOYMENT, Impact.NONE, summary, undo);
    }

    /** @throws Trouble a conflict, naming the file, if the unit's name is taken by a unit that no generator made */
    public static void refuseForeign(UnitState unit, String remedy) throws Trouble {
        if (unit.isThere() && !unit.fragment().isEmpty() && !unit.fragment().contains(GENERATED)) {
            throw Trouble.conflict("the unit " + unit.id() + " is already there: " + unit.fragment(), remedy);
        }
        if (unit.isMasked()) {
            throw Trouble.conflict(
                    "the unit " + unit.id() + " is masked",
                    "unmask it, if that was not meant: systemctl unmask " + unit.id());
        }
    }

    /** @throws Trouble a conflict if the Quadlet file is somebody else's */
    public static void refuseForeign(Quadlets.Found quadlet, Path path) throws Trouble {
        if (quadlet != null && !quadlet.isOurs()) {
            throw Trouble.conflict(
                    path + " was not written by Homeostat", "move it away, or declare it under another name");
        }
    }

    /**
     * Lets systemd read its files anew.
     *
     * @throws Trouble invalid if podman's generator then made no such unit
     */
    public static void reload(ServiceManager systemd, UnitName unit) throws Trouble {
        systemd.reload();
        if (!systemd.look(unit).isThere()) {
            throw Trouble.invalid(
                    "podman's generator made no unit " + unit + " of the Quadlet file",
                    "see what it says: journalctl -b -t quadlet-generator -t podman-system-generator -t podman-user-generator");
        }
    }

    /** A unit that failed too often is not started again before that is forgotten. */
    public static void forgetFailure(ServiceManager systemd, UnitName unit) throws Trouble {
        if (systemd.look(unit).isFailed()) {
            systemd.resetFailed(unit);
        }
    }

    public static ServiceManager.Listener listener(BiConsumer<UnitName, String> changed, Consumer<String> everything) {
        return new ServiceManager.Listener() {
            @Override
            public void changed(UnitName unit, String cause) {
                changed.accept(unit, cause);
            }

            @Override
            public void everything(String cause) {
                everything.accept(cause);
            }
        };
    }

    /** Ends watches, and forgets them. */
    public static void close(List<AutoCloseable> watches) {
        for (AutoCloseable watch : watches) {
            try {
                watch.close();
            } catch (Exception e) {
                throw new IllegalStateException("closing a watch does not fail", e);
            }
        }
        watches.clear();
    }
}
