package dev.homeostat.kind.tool;

import dev.homeostat.host.program.Owner;
import dev.homeostat.resource.Trouble;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/** The program of one sort of tools: what it has installed, and how it installs more. Thread-safe; calls wait. */
interface Toolbox<S extends ToolSpec> {
    /** For people: {@code Flatpak}. */
    String noun();

    /** Whether several versions may be there side by side; else another version is replaced. */
    boolean sideBySide();

    /** What one list tells of, and one at a time changes: its users share a turn. Letters, digits and dashes. */
    String shelf(Owner owner, S spec);

    /** Why tools of this owner cannot be had here, with what to do; empty if they can. */
    Optional<String> missing(Owner owner, S spec);

    /** Changes whenever the list does; empty if there is no such file. */
    Optional<Path> marker(Owner owner, S spec);

    /** Where a change may be one of the tool; they need not exist. */
    default Set<Path> watched(Owner owner, String name, S spec) {
        return marker(owner, spec).map(Set::of).orElse(Set.of());
    }

    /** Folders in which a change may be one of the tool; they need not exist. */
    default Set<Path> watchedFolders(Owner owner) {
        return Set.of();
    }

    /** What is installed on the shelf, by name; of what is not asked for it may tell or not. */
    Map<String, ToolSeen> list(Owner owner, S any, Set<String> names) throws Trouble;

    /** @param lines told what the program writes */
    void install(Owner owner, String name, S spec, Consumer<String> lines) throws Trouble;

    /** Its settings and data stay. */
    void remove(Owner owner, String name, S spec, Consumer<String> lines) throws Trouble;
}
