package dev.homeostat.host.nix;

import java.util.List;

/**
 * How far a run of Nix is.
 *
 * @param builds derivations to be built
 * @param fetches store paths to be fetched from a cache
 * @param downloadedBytes so far, as they came over the network
 * @param toDownloadBytes altogether, as far as Nix knows by now
 * @param building what is being built now, at most {@value #SHOWN}
 * @param fetching what is being fetched now, at most {@value #SHOWN}
 * @param doing what Nix says it is doing, such as {@code evaluating derivation '...'}; empty if it says nothing
 */
public record NixProgress(
        Count builds,
        Count fetches,
        long downloadedBytes,
        long toDownloadBytes,
        List<Building> building,
        List<Fetching> fetching,
        String doing) {
    static final int SHOWN = 64;

    /** As Nix counts; {@code expected} grows while it finds out what is needed. */
    public record Count(long done, long expected, long running, long failed) {
        public static final Count NONE = new Count(0, 0, 0, 0);

        Count plus(Count other) {
            return new Count(
                    done + other.done, expected + other.expected, running + other.running, failed + other.failed);
        }

        /** How many are neither done nor failed. */
        public long left() {
            return Math.max(0, expected - done - failed);
        }
    }

    /**
     * @param name of the derivation, such as {@code hello-2.12}
     * @param phase of the builder, if it tells ({@code unpackPhase}), else empty
     * @param lastLine of its log
     */
    public record Building(String name, String phase, String lastLine) {}

    /**
     * @param name of the store path
     * @param from cache it comes from
     * @param doneBytes of its unpacked size
     * @param expectedBytes unpacked; 0 if not known yet
     */
    public record Fetching(String name, String from, long doneBytes, long expectedBytes) {}

    public static final NixProgress NONE = new NixProgress(Count.NONE, Count.NONE, 0, 0, List.of(), List.of(), "");

    public NixProgress {
        building = List.copyOf(building);
        fetching = List.copyOf(fetching);
    }
}
