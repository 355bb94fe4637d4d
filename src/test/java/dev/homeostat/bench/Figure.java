package dev.homeostat.bench;

import java.util.List;
import java.util.Locale;
import java.util.stream.DoubleStream;

/**
 * One measured figure.
 *
 * @param id as {@code --only} names it
 * @param unit of all numbers
 * @param samples in the order in which they were taken
 * @param reach what it should be; a missing bound is infinite
 */
record Figure(String id, String what, String unit, List<Double> samples, Reach reach) {
    /** Upper bounds, in the figure's unit. */
    record Reach(double p50, double p99) {
        static Reach p50(double limit) {
            return new Reach(limit, Double.POSITIVE_INFINITY);
        }

        static Reach of(double p50, double p99) {
            return new Reach(p50, p99);
        }

        /** There is nothing to reach: the figure explains another. */
        static Reach none() {
            return new Reach(Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY);
        }

        @Override
        public String toString() {
            String first = p50 == Double.POSITIVE_INFINITY ? "" : "p50 <= " + number(p50);
            String second = p99 == Double.POSITIVE_INFINITY ? "" : "p99 <= " + number(p99);
            return first + (first.isEmpty() || second.isEmpty() ? "" : ", ") + second;
        }
    }

    Figure {
        samples = List.copyOf(samples);
        if (samples.isEmpty()) {
            throw new IllegalArgumentException(id + ": nothing was measured");
        }
    }

    double p50() {
        return median(samples);
    }

    static double median(List<Double> samples) {
        return percentile(samples, 0.5);
    }

    /** The largest where there are fewer than a hundred samples. */
    double p99() {
        return percentile(samples, 0.99);
    }

    boolean met() {
        return p50() <= reach.p50() && p99() <= reach.p99();
    }

    /** Nearest rank. */
    private static double percentile(List<Double> samples, double share) {
        double[] sorted = samples.stream().mapToDouble(d -> d).sorted().toArray();
        return sorted[(int) Math.max(0, Math.ceil(share * sorted.length) - 1)];
    }

    static List<Double> numbers(double... values) {
        return DoubleStream.of(values).boxed().toList();
    }

    static String number(double value) {
        if (value == Math.rint(value) && Math.abs(value) < 1e9) {
            return Long.toString((long) value);
        }
        return String.format(Locale.ROOT, value < 1 ? "%.3f" : value < 100 ? "%.2f" : "%.0f", value);
    }
}
