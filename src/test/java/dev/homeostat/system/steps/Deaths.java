package dev.homeostat.system.steps;

import java.util.List;
import java.util.stream.IntStream;

/** At which steps a test kills the daemon. */
public final class Deaths {
    private Deaths() {}

    /**
     * Numbers of steps, from 1.
     *
     * @param property says which: {@code all}, a range ({@code 88-110}), or how many, evenly spread from a random start
     * @param samples how many if it says nothing
     * @param steps how many there are
     */
    public static List<Integer> chosen(String property, int samples, int steps) {
        String asked = System.getProperty(property, Integer.toString(samples));
        if (asked.equals("all")) {
            return IntStream.rangeClosed(1, steps).boxed().toList();
        }
        String[] range = asked.split("-");
        if (range.length == 2) {
            return IntStream.rangeClosed(Integer.parseInt(range[0]), Math.min(steps, Integer.parseInt(range[1])))
                    .boxed()
                    .toList();
        }
        int wanted = Math.min(steps, Integer.parseInt(asked));
        int from = Math.floorMod(System.nanoTime(), steps);
        return IntStream.range(0, wanted)
                .mapToObj(i -> 1 + (int) ((from + (long) i * steps / wanted) % steps))
                .toList();
    }
}
