package dev.homeostat.control;

import dev.homeostat.host.posix.Account;
import dev.homeostat.host.posix.Accounts;
import jakarta.enterprise.inject.Alternative;
import jakarta.inject.Singleton;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** root; friend, who is in the group homeostat by a supplementary group; stranger, who is not. */
@Alternative
@Singleton
public class AccountsDouble implements Accounts {
    public static final int GROUP = 990;
    private static final List<Account> ALL = List.of(
            new Account("root", 0, 0, Path.of("/root")),
            new Account("friend", 1001, 1001, Path.of("/home/friend")),
            new Account("stranger", 1002, 1002, Path.of("/home/stranger")));
    private static final Map<String, Integer> GROUPS = Map.of("root", 0, "homeostat", GROUP);

    @Override
    public Optional<Account> user(String name) {
        return ALL.stream().filter(a -> a.name().equals(name)).findFirst();
    }

    @Override
    public Optional<Account> user(int uid) {
        return ALL.stream().filter(a -> a.uid() == uid).findFirst();
    }

    @Override
    public Optional<Integer> group(String name) {
        return Optional.ofNullable(GROUPS.get(name));
    }

    @Override
    public Optional<String> groupName(int gid) {
        return GROUPS.entrySet().stream()
                .filter(e -> e.getValue() == gid)
                .map(Map.Entry::getKey)
                .findFirst();
    }

    @Override
    public List<Integer> groupsOf(Account account) {
        return account.name().equals("friend") ? List.of(account.gid(), GROUP) : List.of(account.gid());
    }
}
