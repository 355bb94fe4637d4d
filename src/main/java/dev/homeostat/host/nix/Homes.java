package dev.homeostat.host.nix;

import dev.homeostat.host.posix.Account;
import dev.homeostat.host.posix.FileFacts;
import dev.homeostat.host.posix.SafeFiles;
import dev.homeostat.resource.Trouble;
import jakarta.enterprise.context.ApplicationScoped;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * What Home Manager keeps of a user: the profile, and which generation is activated. Read from links, without a process;
 * changed with the rights of that user. Thread-safe.
 */
@ApplicationScoped
public class Homes {
    private static final String CURRENT = "current-home";
    private static final int PROFILE_FOLDER_MODE = 0755;

    private final Nix nix;
    private final Activation activation;
    private final SafeFiles files;

    public Homes(Nix nix, Activation activation, SafeFiles files) {
        this.nix = nix;
        this.activation = activation;
        this.files = files;
    }

    /** The profile that is there, or the one that Home Manager would make. */
    public Profile profile(Account user) throws Trouble {
        List<Path> places = Activation.homeProfiles(user, nix.settings());
        for (Path place : places) {
            if (files.look(place).isPresent()) {
                return nix.profile(place, activation.changer(user));
            }
        }
        return nix.profile(places.getFirst(), activation.changer(user));
    }

    /** Makes the folder of the profile, for the user, if it is missing; nix-env does not. */
    public void prepare(Account user, Profile profile) throws Trouble {
        files.makeWay(profile.path().getParent(), PROFILE_FOLDER_MODE, user.uid(), user.gid());
    }

    /** The generation whose activation came to its end last; empty if none did. */
    public Optional<StorePath> activated(Account user) throws Trouble {
        for (Path link : activatedLinks(user)) {
            Optional<FileFacts> facts = files.look(link);
            if (facts.isPresent()) {
                try {
                    return Optional.of(StorePath.parse(facts.get().link()));
                } catch (IllegalArgumentException e) {
                    throw Trouble.invalid(link + " is no link into the Nix store: " + e.getMessage(), "remove it");
                }
            }
        }
        return Optional.empty();
    }

    /** Where Home Manager says what is activated, the first choice first. */
    public List<Path> activatedLinks(Account user) {
        return List.of(
                user.home().resolve(".local/state/home-manager/gcroots").resolve(CURRENT),
                nix.settings()
                        .state()
                        .resolve("gcroots/per-user")
                        .resolve(user.name())
                        .resolve(CURRENT));
    }

    /** Folders in which a change may be one of these. */
    public SortedSet<Path> folders(Account user) {
        SortedSet<Path> folders = new TreeSet<>();
        Activation.homeProfiles(user, nix.settings()).forEach(path -> folders.add(path.getParent()));
        activatedLinks(user).forEach(path -> folders.add(path.getParent()));
        return folders;
    }
}
