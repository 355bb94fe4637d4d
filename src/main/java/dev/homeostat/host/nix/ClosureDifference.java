package dev.homeostat.host.nix;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What is different between what two store paths need.
 *
 * @param packages those with a difference, by name
 * @param sizeBeforeBytes of everything the first needs, unpacked
 * @param sizeAfterBytes of everything the second needs
 */
public record ClosureDifference(List<PackageChange> packages, long sizeBeforeBytes, long sizeAfterBytes) {
    /** What became of a package. */
    public enum Change {
        ADDED,
        REMOVED,
        /** Other versions. */
        CHANGED,
        /** The same versions, built differently. */
        REBUILT
    }

    /**
     * All store paths of one package name: its outputs, and its versions where there are several.
     *
     * @param before versions, sorted; empty if it was not there. A package without a version has the empty text
     * @param after versions, sorted; empty if it is gone
     */
    public record PackageChange(
            String name,
            Change change,
            List<String> before,
            List<String> after,
            long sizeBeforeBytes,
            long sizeAfterBytes) {
        public PackageChange {
            before = List.copyOf(before);
            after = List.copyOf(after);
        }
    }

    public ClosureDifference {
        packages = List.copyOf(packages);
    }

    public List<PackageChange> of(Change change) {
        return packages.stream().filter(p -> p.change() == change).toList();
    }

    private static final class Group {
        final TreeSet<StorePath> paths = new TreeSet<>();
        final TreeSet<String> versions = new TreeSet<>();
        long sizeBytes;
    }

    static ClosureDifference between(Closure before, Closure after) {
        Map<String, Group> old = groups(before);
        Map<String, Group> current = groups(after);
        List<PackageChange> changes = new ArrayList<>();
        TreeSet<String> names = new TreeSet<>(old.keySet());
        names.addAll(current.keySet());
        for (String name : names) {
            Group was = old.getOrDefault(name, new Group());
            Group is = current.getOrDefault(name, new Group());
            if (!was.paths.equals(is.paths)) {
                changes.add(new PackageChange(
                        name,
                        change(was, is),
                        List.copyOf(was.versions),
                        List.copyOf(is.versions),
                        was.sizeBytes,
                        is.sizeBytes));
            }
        }
        return new ClosureDifference(changes, before.sizeBytes(), after.sizeBytes());
    }

    private static Change change(Group was, Group is) {
        if (was.paths.isEmpty()) {
            return Change.ADDED;
        }
        if (is.paths.isEmpty()) {
            return Change.REMOVED;
        }
        return was.versions.equals(is.versions) ? Change.REBUILT : Change.CHANGED;
    }

    private static Map<String, Group> groups(Closure closure) {
        Map<String, Group> groups = new TreeMap<>();
        for (Closure.Item item : closure.items().values()) {
            PackageName name = PackageName.of(item.path());
            Group group = groups.computeIfAbsent(name.name(), n -> new Group());
            group.paths.add(item.path());
            group.versions.add(name.version());
            group.sizeBytes =
                    group.sizeBytes + item.sizeBytes() < 0 ? Long.MAX_VALUE : group.sizeBytes + item.sizeBytes();
        }
        return groups;
    }
}
