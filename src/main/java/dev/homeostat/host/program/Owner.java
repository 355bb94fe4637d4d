package dev.homeostat.host.program;

import dev.homeostat.host.posix.Account;
import dev.homeostat.resource.Scope;
import java.nio.file.Path;
import java.util.List;

/**
 * Whose programs are run.
 *
 * @param account whose rights and home they have
 */
public record Owner(Scope scope, Account account) {
    /** Where programs are looked for, the first place first: the user's own, then NixOS', then those of other systems. */
    public List<Path> searchPath() {
        Path home = account.home();
        return List.of(
                home.resolve(".nix-profile/bin"),
                home.resolve(".local/state/nix/profile/bin"),
                Path.of("/etc/profiles/per-user").resolve(account.name()).resolve("bin"),
                Path.of("/run/wrappers/bin"),
                Path.of("/nix/var/nix/profiles/default/bin"),
                Path.of("/run/current-system/sw/bin"),
                Path.of("/usr/local/sbin"),
                Path.of("/usr/local/bin"),
                Path.of("/usr/sbin"),
                Path.of("/usr/bin"),
                Path.of("/sbin"),
                Path.of("/bin"));
    }

    /** Links that lead elsewhere when other programs are installed. */
    public List<Path> profiles() {
        return List.of(
                Path.of("/run/current-system"),
                Path.of("/etc/profiles/per-user").resolve(account.name()),
                home().resolve(".nix-profile"));
    }

    public Path home() {
        return account.home();
    }
}
