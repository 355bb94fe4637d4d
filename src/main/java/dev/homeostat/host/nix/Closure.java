package dev.homeostat.host.nix;

import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Collections;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** Store paths with their sizes and what they refer to. Immutable. */
public final class Closure {
    /**
     * @param sizeBytes unpacked (of its NAR)
     * @param references other paths that it needs
     */
    public record Item(StorePath path, long sizeBytes, List<StorePath> references) {
        public Item {
            references = List.copyOf(references);
        }
    }

    private final SortedMap<StorePath, Item> items;

    Closure(Collection<Item> items) {
        SortedMap<StorePath, Item> byPath = new TreeMap<>();
        items.forEach(item -> byPath.put(item.path(), item));
        this.items = Collections.unmodifiableSortedMap(byPath);
    }

    public Map<StorePath, Item> items() {
        return items;
    }

    /** Of all together; a size beyond all disks counts as the largest number there is. */
    public long sizeBytes() {
        long sum = 0;
        for (Item item : items.values()) {
            sum = sum + item.sizeBytes() < 0 ? Long.MAX_VALUE : sum + item.sizeBytes();
        }
        return sum;
    }

    /** What one of these paths needs, itself included. */
    Closure of(StorePath root) {
        Map<StorePath, Item> found = new LinkedHashMap<>();
        Deque<StorePath> open = new ArrayDeque<>(List.of(root));
        while (!open.isEmpty()) {
            Item item = items.get(open.pop());
            if (item != null && found.putIfAbsent(item.path(), item) == null) {
                open.addAll(item.references());
            }
        }
        return new Closure(found.values());
    }
}
