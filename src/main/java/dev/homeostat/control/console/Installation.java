package dev.homeostat.control.console;

import dev.homeostat.host.Locations;
import dev.homeostat.host.posix.Accounts;
import dev.homeostat.reconcile.Engine;
import dev.homeostat.reconcile.MachineStatus;
import dev.homeostat.reconcile.Progress;
import dev.homeostat.reconcile.ResourceStatus;
import dev.homeostat.resource.Condition;
import dev.homeostat.resource.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** What {@code homeostat doctor} looks at: the installation itself, not what it keeps. Changes nothing. */
final class Installation {
    private static final String SYSTEMD_RUNTIME = "/run/systemd/system";

    private final Engine engine;
    private final Accounts accounts;
    private final Locations locations;
    private final Progress progress;

    Installation(Engine engine, Accounts accounts, Locations locations, Progress progress) {
        this.engine = engine;
        this.accounts = accounts;
        this.locations = locations;
        this.progress = progress;
    }

    String startCommand() {
        return locations.startCommand();
    }

    /** @param daemon whether this process is the daemon */
    List<Check> checks(boolean daemon) {
        List<Check> checks = new ArrayList<>();
        checks.add(
                daemon
                        ? loop()
                        : Check.wrong(
                                "daemon",
                                "not running, or not at " + locations.socket(),
                                "start it with: " + locations.startCommand()));
        checks.add(declaration());
        checks.add(closed("state folder", locations.state(), "rwx------"));
        checks.add(socket());
        if (!locations.unprivileged()) {
            checks.add(group());
        }
        checks.add(serviceManager(daemon));
        if (daemon) {
            MachineStatus status = engine.status();
            checks.add(journal(status));
            checks.add(inForce(status));
            unsupported(status, checks);
        }
        return checks;
    }

    private static Check journal(MachineStatus status) {
        return status.journalTrouble()
                .map(why -> Check.wrong(
                        "journal",
                        "cannot be written: " + why,
                        "the machine is kept all the same; pauses and approvals are refused until it can be"))
                .orElseGet(() -> Check.ok("journal", "can be written"));
    }

    private Check loop() {
        return progress.complaint()
                .map(why -> Check.wrong("loop", why, "look at its journal; systemctl restart homeostat"))
                .orElseGet(() -> Check.ok("loop", "goes round"));
    }

    private Check declaration() {
        Path file = locations.declaration();
        if (!Files.exists(file)) {
            return Check.warning(
                    "declaration", "there is no " + file, "write one: homeostat schema describes it to editors");
        }
        try {
            List<Problem> problems = engine.fileProblems(); // the same rules as the loop has
            return problems.isEmpty()
                    ? Check.ok(
                            "declaration", file + ", of " + Files.getOwner(file).getName())
                    : Check.wrong(
                            "declaration",
                            problems.stream().map(Problem::toString).collect(Collectors.joining("; ")),
                            "until then what was in force before stays");
        } catch (IOException e) {
            return Check.wrong("declaration", "cannot be looked at: " + e, "");
        }
    }

    private static Check closed(String what, Path folder, String mode) {
        try {
            PosixFileAttributes attributes =
                    Files.readAttributes(folder, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            String seen = PosixFilePermissions.toString(attributes.permissions());
            return seen.equals(mode)
                    ? Check.ok(what, folder.toString())
                    : Check.wrong(what, folder + " has mode " + seen + ", expected " + mode, "chmod 0700 " + folder);
        } catch (IOException e) {
            return Check.warning(what, "cannot be looked at: " + e, "the daemon makes it when it starts");
        }
    }

    private Check socket() {
        Path socket = locations.socket();
        try {
            PosixFileAttributes attributes =
                    Files.readAttributes(socket, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            Set<PosixFilePermission> permissions = attributes.permissions();
            String found = socket + ", mode " + PosixFilePermissions.toString(permissions) + ", "
                    + attributes.owner().getName() + ":" + attributes.group().getName();
            if (permissions.contains(PosixFilePermission.OTHERS_WRITE)) {
                return Check.warning(
                        "control socket", found + ": every local user can read the status", "SocketMode=0660");
            }
            return Check.ok("control socket", found);
        } catch (IOException e) {
            return Check.wrong("control socket", "there is none at " + socket, locations.startCommand());
        }
    }

    private Check group() {
        return accounts.group(Locations.GROUP).isPresent()
                ? Check.ok("group " + Locations.GROUP, "exists; its members may change things")
                : Check.warning(
                        "group " + Locations.GROUP,
                        "does not exist, so only root may change things",
                        "systemd-sysusers");
    }

    private static Check serviceManager(boolean daemon) {
        if (!Files.isDirectory(Path.of(SYSTEMD_RUNTIME))) {
            return Check.warning(
                    "service manager", "this machine was not booted with systemd", "services and containers need it");
        }
        return !daemon || System.getenv("NOTIFY_SOCKET") != null
                ? Check.ok("service manager", "systemd")
                : Check.warning(
                        "service manager",
                        "the daemon was not started by systemd: nothing restarts it",
                        "systemctl enable --now homeostat");
    }

    private static Check inForce(MachineStatus status) {
        MachineStatus.DeclarationState declaration = status.declaration();
        return declaration.state().equals("in-force")
                ? Check.ok("revision", status.revision().map(r -> r.shortId()).orElse("none") + " is in force")
                : Check.warning(
                        "revision",
                        "the declaration is " + declaration.state() + ": " + declaration.message(),
                        "homeostat status");
    }

    private static void unsupported(MachineStatus status, List<Check> checks) {
        Map<String, String> byKind = status.resources().stream()
                .filter(resource -> resource.condition() == Condition.UNSUPPORTED)
                .collect(Collectors.toMap(r -> r.id().kind(), ResourceStatus::reason, (first, second) -> first));
        byKind.forEach((kind, reason) -> checks.add(Check.warning("kind " + kind, reason, "")));
    }
}
