package dev.homeostat.host.posix;

import dev.homeostat.resource.Trouble;
import java.util.List;
import java.util.Optional;

/**
 * Users and groups, by the machine's name service (getpwnam and friends), so that those of LDAP or systemd-homed count too.
 * Thread-safe; asks anew each time, because accounts come and go.
 */
public interface Accounts {
    Optional<Account> user(String name);

    Optional<Account> user(int uid);

    Optional<Integer> group(String name);

    Optional<String> groupName(int gid);

    /** All groups of a user, the primary one included. */
    List<Integer> groupsOf(Account account);

    /** @throws Trouble invalid, naming the user, if there is none */
    default Account require(String name) throws Trouble {
        return user(name)
                .orElseThrow(() -> Trouble.invalid(
                        "there is no user \"" + name + "\" on this machine",
                        "create the account, or correct the name"));
    }
}
