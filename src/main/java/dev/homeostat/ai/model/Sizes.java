package dev.homeostat.ai.model;

import java.util.Locale;

/** Amounts of data for people, in powers of 1000 as disks and cards are sold. */
final class Sizes {
    private static final String[] UNITS = {"bytes", "kB", "MB", "GB", "TB", "PB", "EB"};
    private static final int STEP = 1000;

    private Sizes() {}

    static String told(long bytes) {
        if (bytes < STEP) {
            return bytes + " " + UNITS[0];
        }
        double value = bytes;
        int unit = 0;
        while (value >= STEP && unit < UNITS.length - 1) {
            value /= STEP;
            unit++;
        }
        return String.format(Locale.ROOT, value < 10 ? "%.1f %s" : "%.0f %s", value, UNITS[unit]);
    }
}
