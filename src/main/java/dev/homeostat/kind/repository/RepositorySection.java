package dev.homeostat.kind.repository;

import dev.homeostat.host.Locations;
import dev.homeostat.host.posix.Account;
import dev.homeostat.host.posix.Accounts;
import dev.homeostat.resource.Desired;
import dev.homeostat.resource.Durations;
import dev.homeostat.resource.ResourceId;
import dev.homeostat.resource.Section;
import jakarta.enterprise.context.ApplicationScoped;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** {@code repositories}: from a folder to the repository that is cloned there. */
@ApplicationScoped
public class RepositorySection implements Section<RepositoryEntry> {
    private static final String BRANCH = "main";
    private static final Duration EVERY = Duration.ofHours(1);
    /** Servers do not like to be asked more often. */
    private static final Duration AT_MOST_EVERY = Duration.ofSeconds(10);

    private final Locations locations;
    private final Accounts accounts;

    public RepositorySection(Locations locations, Accounts accounts) {
        this.locations = locations;
        this.accounts = accounts;
    }

    @Override
    public String key() {
        return "repositories";
    }

    @Override
    public String about() {
        return "Git repositories by the folder they are cloned to. Local work in them is never touched, and no clone is ever removed.";
    }

    @Override
    public String namePattern() {
        return "^(/|~/)[^\\p{Cntrl}]{1,2000}$";
    }

    @Override
    public String nameForm() {
        return "an absolute path (a user's own may begin with ~/)";
    }

    @Override
    public Class<RepositoryEntry> entryType() {
        return RepositoryEntry.class;
    }

    @Override
    public void read(Entry<RepositoryEntry> entry, Resources out) {
        RepositoryEntry e = entry.value();
        List<Ref> refs = new ArrayList<>();
        Optional.ofNullable(e.branch()).ifPresent(n -> refs.add(new Ref(Ref.Sort.BRANCH, n)));
        Optional.ofNullable(e.tag()).ifPresent(n -> refs.add(new Ref(Ref.Sort.TAG, n)));
        Optional.ofNullable(e.commit()).ifPresent(n -> refs.add(new Ref(Ref.Sort.COMMIT, n)));
        if (refs.size() > 1) {
            out.problem(entry, "", "branch, tag and commit exclude each other: give one of them");
            return;
        }
        Duration every = e.every() == null ? EVERY : e.every();
        if (every.compareTo(AT_MOST_EVERY) < 0) {
            out.problem(entry, "every", "expected at least 10s, found " + Durations.format(every));
            return;
        }
        Optional<Path> home = home(entry, out);
        if (home.isEmpty()) {
            return;
        }
        Path path =
                entry.name().startsWith("~/") ? home.get().resolve(entry.name().substring(2)) : Path.of(entry.name());
        if (!path.equals(path.normalize())
                || entry.name().contains("//")
                || entry.name().endsWith("/")) {
            out.problem(
                    entry,
                    "",
                    "\"" + entry.name() + "\" is not written plainly: no . or .., no double or trailing slash");
            return;
        }
        if (!entry.scope().isOwn() && (!path.startsWith(home.get()) || path.equals(home.get()))) {
            out.problem(entry, "", path + " is not below " + home.get() + ": a user's repositories are");
            return;
        }
        out.add(new Desired<>(
                new ResourceId(RepositoryKind.NAME, entry.scope(), path.toString()),
                new RepositorySpec(
                        path, e.url(), refs.isEmpty() ? new Ref(Ref.Sort.BRANCH, BRANCH) : refs.getFirst(), every),
                Set.of(),
                entry.place()));
    }

    private Optional<Path> home(Entry<RepositoryEntry> entry, Resources out) {
        if (entry.scope().isOwn()) {
            return Optional.of(locations.unprivileged() ? Path.of(System.getProperty("user.home")) : Path.of("/root"));
        }
        Optional<Account> account = accounts.user(entry.scope().user());
        if (account.isEmpty()) {
            out.problem(entry, "", "there is no user \"" + entry.scope().user() + "\" on this machine");
        }
        return account.map(Account::home);
    }
}
