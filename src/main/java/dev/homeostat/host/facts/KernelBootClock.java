package dev.homeostat.host.facts;

import dev.homeostat.resource.Trouble;
import jakarta.enterprise.context.ApplicationScoped;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** {@link BootClock} by the kernel's files: proc_uptime(5) goes by CLOCK_BOOTTIME. */
@ApplicationScoped
public class KernelBootClock implements BootClock {
    private static final Pattern BOOT = Pattern.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");
    private static final Pattern UPTIME = Pattern.compile("(\\d{1,12}\\.\\d{2}) \\d{1,15}\\.\\d{2}");
    /** A line of either. */
    private static final int LIMIT_BYTES = 100;

    private static final int MILLIS_DIGITS = 3;

    private final Path root;

    public KernelBootClock() {
        this(Path.of("/"));
    }

    /** @param root below which proc is */
    KernelBootClock(Path root) {
        this.root = root;
    }

    @Override
    public Reading now() throws Trouble {
        Path bootFile = root.resolve("proc/sys/kernel/random/boot_id");
        String boot = SmallFile.required(bootFile, LIMIT_BYTES).strip();
        if (!BOOT.matcher(boot).matches()) {
            throw SmallFile.notWhatItShouldBe(bootFile, "an id such as 0e7b6cf4-8a0c-4c3e-9f0e-2a5b1c3d4e5f");
        }
        Path uptimeFile = root.resolve("proc/uptime");
        Matcher uptime =
                UPTIME.matcher(SmallFile.required(uptimeFile, LIMIT_BYTES).strip());
        if (!uptime.matches()) {
            throw SmallFile.notWhatItShouldBe(uptimeFile, "two numbers such as 350735.47 234388.90");
        }
        long millis =
                new BigDecimal(uptime.group(1)).movePointRight(MILLIS_DIGITS).longValueExact();
        return new Reading(boot, Duration.ofMillis(millis));
    }
}
