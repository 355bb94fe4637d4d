package dev.homeostat.host.facts;

import dev.homeostat.host.Hindrance;
import dev.homeostat.resource.Trouble;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Whether the machine runs on battery, by the kernel's sysfs-class-power. It does if one of its own batteries is being
 * discharged and no supply from outside is on; a mouse's battery is not the machine's. Thread-safe.
 */
@ApplicationScoped
public class PowerSupplies implements Hindrance {
    /** The longest of them names a technology. */
    private static final int LIMIT_BYTES = 100;
    /** More are no machine's. */
    private static final int MOST = 64;

    private static final Pattern ONLINE = Pattern.compile("[0-2]");
    private static final Pattern WORD = Pattern.compile("[A-Za-z][A-Za-z _-]{0,39}");
    private static final Pattern PERCENT = Pattern.compile("\\d{1,3}");

    private final Path folder;

    public PowerSupplies() {
        this(Path.of("/"));
    }

    /** @param root below which sys is */
    PowerSupplies(Path root) {
        this.folder = root.resolve("sys/class/power_supply");
    }

    @Override
    public String name() {
        return "battery";
    }

    @Override
    public Optional<String> now() throws Trouble {
        boolean fed = false;
        List<String> discharged = new ArrayList<>();
        for (Path supply : supplies()) {
            Optional<String> type = text(supply, "type", WORD);
            if (type.isEmpty()
                    || text(supply, "scope", WORD).filter("Device"::equals).isPresent()) {
                continue; // taken away while we looked, or part of a device
            }
            switch (type.get()) {
                case "Battery", "UPS" -> {
                    if (text(supply, "status", WORD)
                            .filter("Discharging"::equals)
                            .isPresent()) {
                        discharged.add(supply.getFileName()
                                + text(supply, "capacity", PERCENT)
                                        .map(percent -> " at " + percent + " %")
                                        .orElse(""));
                    }
                }
                default ->
                    fed |= text(supply, "online", ONLINE)
                            .filter(online -> !online.equals("0"))
                            .isPresent();
            }
        }
        return fed || discharged.isEmpty()
                ? Optional.empty()
                : Optional.of("the machine runs on battery (" + String.join(", ", discharged) + ")");
    }

    /** None on a kernel without the class: then there is no battery that it could know of. */
    private List<Path> supplies() throws Trouble {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        List<Path> supplies = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
            for (Path entry : entries) {
                if (supplies.size() == MOST) {
                    throw Trouble.passing(folder + " has more than " + MOST + " entries");
                }
                supplies.add(entry);
            }
        } catch (IOException | java.nio.file.DirectoryIteratorException e) {
            throw Trouble.passing(folder + " cannot be read: " + e.getMessage(), e);
        }
        supplies.sort(null);
        return supplies;
    }

    private static Optional<String> text(Path supply, String name, Pattern expected) throws Trouble {
        Path file = supply.resolve(name);
        Optional<String> text = SmallFile.text(file, LIMIT_BYTES).map(String::strip);
        if (text.isPresent() && !expected.matcher(text.get()).matches()) {
            throw SmallFile.notWhatItShouldBe(file, "what sysfs-class-power says");
        }
        return text;
    }
}
