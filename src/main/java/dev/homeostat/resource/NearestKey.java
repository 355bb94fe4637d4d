package dev.homeostat.resource;

import java.util.Collection;
import java.util.Optional;

/** Which known key or name was probably meant. */
public final class NearestKey {
    private NearestKey() {}

    /** The known key with the fewest letters to change, if they are few for its length. */
    public static Optional<String> of(String key, Collection<String> known) {
        String best = null;
        int least = Math.max(1, key.length() / 3) + 1;
        for (String candidate : known) {
            int d = distance(key.toLowerCase(java.util.Locale.ROOT), candidate.toLowerCase(java.util.Locale.ROOT));
            if (d < least) {
                least = d;
                best = candidate;
            }
        }
        return Optional.ofNullable(best);
    }

    /** Letters to insert, remove, replace, or to swap with their neighbours (Damerau and Levenshtein). */
    private static int distance(String a, String b) {
        int[] above = null;
        int[] row = firstRow(b);
        for (int i = 1; i <= a.length(); i++) {
            int[] below = new int[b.length() + 1];
            below[0] = i;
            for (int j = 1; j < below.length; j++) {
                int replace = row[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                below[j] = Math.min(replace, Math.min(row[j], below[j - 1]) + 1);
                if (above != null && j > 1 && areSwapped(a, i, b, j)) {
                    below[j] = Math.min(below[j], above[j - 2] + 1);
                }
            }
            above = row;
            row = below;
        }
        return row[b.length()];
    }

    private static int[] firstRow(String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j < row.length; j++) {
            row[j] = j;
        }
        return row;
    }

    private static boolean areSwapped(String a, int i, String b, int j) {
        return a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1);
    }
}
