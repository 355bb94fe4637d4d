package dev.homeostat.host.facts;

import dev.homeostat.host.facts.Hardware.ContainerDevices;
import dev.homeostat.host.facts.Hardware.Display;
import dev.homeostat.host.facts.Hardware.Maker;
import dev.homeostat.host.facts.Hardware.Nvidia;
import dev.homeostat.resource.Trouble;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Finds the versions of the three parts of NVIDIA's driver. After an update the module that was loaded before stays until
 * the next boot, and the new libraries do not work with it.
 */
final class NvidiaDriver {
    /** Two lines. */
    private static final int MODULE_LIMIT_BYTES = 4096;
    /** Some 30 kB for a card; a machine may have sixteen. */
    private static final int SPECIFICATION_LIMIT_BYTES = 2 * 1024 * 1024;
    /** More is nobody's machine. */
    private static final int MOST_SPECIFICATIONS = 64;

    private static final String NUMBER = "([0-9]{2,4}\\.[0-9]{1,4}(?:\\.[0-9]{1,4})?)";
    private static final Pattern MODULE = Pattern.compile("^NVRM version: .*? " + NUMBER + " ", Pattern.MULTILINE);
    private static final Pattern LIBRARY = Pattern.compile("lib(?:cuda|nvidia-ml)\\.so\\." + NUMBER);
    private static final Pattern NAMED = Pattern.compile("/" + LIBRARY.pattern() + "(?![0-9.])");
    /** Where NixOS has the libraries, and where others do. */
    private static final List<String> LIBRARIES = List.of(
            "run/opengl-driver/lib", "usr/lib/x86_64-linux-gnu", "usr/lib/aarch64-linux-gnu", "usr/lib64", "usr/lib");

    /** Those two that the interface names. */
    private static final List<String> SPECIFICATIONS = List.of("etc/cdi", "run/cdi");

    private NvidiaDriver() {}

    /** Empty without a controller and without a kernel module of theirs. */
    static Optional<Nvidia> look(Path root, List<Display> displays) throws Trouble {
        Optional<String> module = kernelModule(root);
        boolean there = displays.stream().anyMatch(display -> display.maker() == Maker.NVIDIA);
        if (!there && module.isEmpty()) {
            return Optional.empty();
        }
        List<String> libraries = libraries(root);
        List<ContainerDevices> specifications = specifications(root);
        return Optional.of(
                new Nvidia(module, libraries, specifications, disagreement(module, libraries, specifications)));
    }

    private static Optional<String> kernelModule(Path root) throws Trouble {
        Optional<String> version = Drivers.version(root, "nvidia");
        if (version.isPresent()) {
            return version;
        }
        Path file = root.resolve("proc/driver/nvidia/version");
        Optional<String> text = SmallFile.text(file, MODULE_LIMIT_BYTES);
        if (text.isEmpty()) {
            return Optional.empty();
        }
        Matcher matcher = MODULE.matcher(text.get());
        if (!matcher.find()) {
            throw SmallFile.notWhatItShouldBe(file, "a line with NVRM version");
        }
        return Optional.of(matcher.group(1));
    }

    private static List<String> libraries(Path root) throws Trouble {
        SortedSet<String> versions = new TreeSet<>();
        for (String folder : LIBRARIES) {
            for (Path file : entries(root.resolve(folder), "lib{cuda,nvidia-ml}.so.*")) {
                Matcher matcher = LIBRARY.matcher(file.getFileName().toString());
                if (matcher.matches()) {
                    versions.add(matcher.group(1));
                }
            }
        }
        return List.copyOf(versions);
    }

    private static List<ContainerDevices> specifications(Path root) throws Trouble {
        List<ContainerDevices> found = new ArrayList<>();
        for (String folder : SPECIFICATIONS) {
            for (Path file : entries(root.resolve(folder), "*nvidia*.{yaml,yml,json}")) {
                if (found.size() == MOST_SPECIFICATIONS) {
                    throw Trouble.passing("there are more than " + MOST_SPECIFICATIONS
                            + " specifications of container devices in " + file.getParent());
                }
                Optional<String> text = SmallFile.text(file, SPECIFICATION_LIMIT_BYTES);
                if (text.isPresent()) {
                    SortedSet<String> versions = new TreeSet<>();
                    NAMED.matcher(text.get()).results().forEach(result -> versions.add(result.group(1)));
                    found.add(new ContainerDevices("/" + folder + "/" + file.getFileName(), List.copyOf(versions)));
                }
            }
        }
        return found;
    }

    /** In order of their names; none if there is no such folder. */
    private static List<Path> entries(Path folder, String glob) throws Trouble {
        List<Path> entries = new ArrayList<>();
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(folder, glob)) {
            stream.forEach(entries::add);
        } catch (NoSuchFileException | NotDirectoryException e) {
            return List.of();
        } catch (IOException | DirectoryIteratorException e) {
            throw Trouble.passing(folder + " cannot be read: " + e.getMessage(), e);
        }
        entries.sort(null);
        return entries;
    }

    private static Optional<String> disagreement(
            Optional<String> module, List<String> libraries, List<ContainerDevices> specifications) {
        if (libraries.size() > 1) {
            return Optional.of("there are libraries of the versions " + String.join(" and ", libraries));
        }
        if (module.isPresent() && !libraries.isEmpty() && !libraries.contains(module.get())) {
            return Optional.of("the kernel module that is loaded is " + module.get() + ", the libraries are "
                    + libraries.getFirst() + ": reboot");
        }
        Optional<String> version = module.or(() -> libraries.stream().findFirst());
        if (version.isEmpty()) {
            return Optional.empty();
        }
        return specifications.stream()
                .filter(specification -> specification.versions().stream().anyMatch(v -> !v.equals(version.get())))
                .findFirst()
                .map(specification -> specification.path() + " gives containers libraries of version "
                        + String.join(" and ", specification.versions()) + ", the driver is " + version.get());
    }
}
