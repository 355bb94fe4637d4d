package dev.homeostat.declaration;

import java.util.Collection;
import java.util.Optional;

/** Which known key was probably meant. */
final class NearestKey {
    private NearestKey() {}

    /** The known key with the fewest letters to change, if they are few for its length. */
    static Optional<String> of(String key, Collection<String> known) {
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

    /** Letters to insert, remove or replace (Levenshtein). */
    private static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j < row.length; j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j < row.length; j++) {
                int above = row[j];
                int replace = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                row[j] = Math.min(replace, Math.min(above, row[j - 1]) + 1);
                diagonal = above;
            }
        }
        return row[b.length()];
    }
}
