package dev.homeostat.host.nix;

import dev.homeostat.host.posix.FileFacts;
import dev.homeostat.host.posix.FolderWatch;
import dev.homeostat.host.posix.SafeFiles;
import dev.homeostat.resource.Trouble;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A profile of Nix: a link NAME to one of the links NAME-1-link, NAME-2-link, ... beside it, which point to store paths and
 * keep them from being collected. Looked at without a process; changed by nix-env, which takes the profile's lock as
 * everybody else does. Thread-safe.
 */
public final class Profile {
    /** Lets nix-env change a profile, with the rights of whomever it belongs to. */
    interface Changer {
        /** @param arguments of nix-env, after {@code --profile} and the path */
        void change(Path path, List<String> arguments) throws Trouble;
    }

    /** A profile with more generations is no profile: the links are read one by one. */
    private static final int GENERATIONS_LIMIT = 10_000;

    private final Path path;
    private final SafeFiles files;
    private final FolderWatch folders;
    private final Changer changer;
    private final Pattern link;

    Profile(Path path, SafeFiles files, FolderWatch folders, Changer changer) {
        if (!path.isAbsolute() || !path.equals(path.normalize()) || path.getNameCount() < 2) {
            throw new IllegalArgumentException("not the path of a profile: " + path);
        }
        this.path = path;
        this.files = files;
        this.folders = folders;
        this.changer = changer;
        this.link = Pattern.compile(Pattern.quote(path.getFileName().toString()) + "-([1-9][0-9]{0,8})-link");
    }

    public Path path() {
        return path;
    }

    /**
     * As the links are now.
     *
     * @throws Trouble invalid if the path is no profile; transient if it cannot be read
     */
    public ProfileState look() throws Trouble {
        List<Generation> generations = new ArrayList<>();
        for (String name : files.list(path.getParent())) {
            Matcher numbered = link.matcher(name);
            if (numbered.matches()) {
                Optional<FileFacts> facts = files.look(path.resolveSibling(name));
                Optional<StorePath> target = facts.flatMap(this::target);
                if (target.isPresent()) { // else deleted meanwhile, or not made by Nix
                    generations.add(new Generation(
                            Integer.parseInt(numbered.group(1)),
                            target.get(),
                            facts.get().modified()));
                }
                if (generations.size() > GENERATIONS_LIMIT) {
                    throw Trouble.invalid(
                            path + " has more than " + GENERATIONS_LIMIT + " generations",
                            "delete old ones: nix-env --profile " + path + " --delete-generations old");
                }
            }
        }
        generations.sort(Comparator.comparingInt(Generation::number));
        return new ProfileState(current(), generations);
    }

    private Optional<StorePath> target(FileFacts facts) {
        try {
            return Optional.of(StorePath.parse(facts.link()));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private OptionalInt current() throws Trouble {
        Optional<FileFacts> facts = files.look(path);
        if (facts.isEmpty()) {
            return OptionalInt.empty();
        }
        String target = facts.get().link();
        // absolute if Nix is an old one
        Matcher numbered = link.matcher(
                target.startsWith(path.getParent() + "/")
                        ? target.substring(path.getParent().toString().length() + 1)
                        : target);
        if (!numbered.matches()) {
            throw Trouble.invalid(
                    path + " is not a profile with generations"
                            + (target.isEmpty() ? "" : ": it points to " + target.replaceAll("\\p{Cntrl}", "?")),
                    "move it away");
        }
        return OptionalInt.of(Integer.parseInt(numbered.group(1)));
    }

    /**
     * Makes a new generation with this target the current one; nothing, if the current one has it already.
     *
     * @return the current generation
     * @throws Trouble invalid if the path is not in the store; else why it could not be done
     */
    public Generation set(StorePath target) throws Trouble {
        Optional<Generation> current = look().currentGeneration();
        if (current.isPresent() && current.get().target().equals(target)) {
            return current.get();
        }
        if (files.look(target.path()).isEmpty()) {
            throw Trouble.invalid(target + " is not in the store", "build or fetch it again");
        }
        changer.change(path, List.of("--set", target.toString()));
        return now(look().currentGeneration().filter(g -> g.target().equals(target)), target.toString());
    }

    /**
     * Makes exactly this generation the current one; nothing, if it is.
     *
     * @throws Trouble invalid if there is no such generation any more
     */
    public Generation switchTo(int number) throws Trouble {
        ProfileState state = look();
        if (state.generation(number).isEmpty()) {
            throw Trouble.invalid(
                    "generation " + number + " of " + path + " was deleted; there is "
                            + (state.generations().isEmpty() ? "none" : numbers(state)),
                    "choose another one");
        }
        if (state.current().isEmpty() || state.current().getAsInt() != number) {
            changer.change(path, List.of("--switch-generation", Integer.toString(number)));
        }
        return now(look().currentGeneration().filter(g -> g.number() == number), "generation " + number);
    }

    private static String numbers(ProfileState state) {
        return String.join(
                ", ",
                state.generations().stream()
                        .map(g -> Integer.toString(g.number()))
                        .toList());
    }

    /** Somebody else may have changed it at the same time. */
    private Generation now(Optional<Generation> seen, String wanted) throws Trouble {
        return seen.orElseThrow(() -> Trouble.passing(path + " does not point to " + wanted + " after it was made to"));
    }

    /**
     * Deletes generations; their contents go with the next garbage collection. Fine if they are not there.
     *
     * @return those that were deleted
     * @throws Trouble invalid if one is the current one: then none is deleted
     */
    public SortedSet<Integer> delete(Collection<Integer> numbers) throws Trouble {
        ProfileState state = look();
        SortedSet<Integer> there = new TreeSet<>();
        for (int number : numbers) {
            if (state.current().isPresent() && state.current().getAsInt() == number) {
                throw Trouble.invalid(
                        "generation " + number + " of " + path + " is the current one and cannot be deleted",
                        "switch to another one first");
            }
            state.generation(number).ifPresent(g -> there.add(g.number()));
        }
        if (!there.isEmpty()) {
            List<String> arguments = new ArrayList<>(List.of("--delete-generations"));
            there.forEach(number -> arguments.add(Integer.toString(number)));
            changer.change(path, arguments);
        }
        return there;
    }

    /** Tells when the profile or its generations may have changed, until closed. Must return at once. */
    public AutoCloseable watch(Runnable changed) {
        return folders.watchFolder(path.getParent(), changed);
    }

    @Override
    public String toString() {
        return path.toString();
    }
}
