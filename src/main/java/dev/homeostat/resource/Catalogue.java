package dev.homeostat.resource;

import java.util.List;
import java.util.Optional;

/** What a declaration can turn on with one line. Immutable once read; thread-safe. */
public interface Catalogue {
    /** All entries, by name. */
    List<Offer> offers();

    default Optional<Offer> offer(String name) {
        return offers().stream().filter(offer -> offer.name().equals(name)).findFirst();
    }

    /**
     * One entry.
     *
     * @param about a sentence: what it is
     * @param forms in which it can run, the preferred one first
     * @param image of its container; empty if it has none
     * @param data what it keeps: volumes of the container
     * @param folder where the service keeps its data; empty if it has none, or keeps nothing
     * @param health how its container shows that it works; empty if it has none
     * @param units that run if it is a service
     * @param module the file of nixpkgs that declares the options, below nixos/modules/; empty if it cannot be a service
     * @param checked how far the options were looked up
     * @param options of NixOS that the service is made of, as {@code name = value}
     * @param conflicts other entries that cannot be there too
     * @param waitsFor other entries that come first if they are declared
     */
    record Offer(
            String name,
            String about,
            List<Preset.Form> forms,
            List<Port> ports,
            String image,
            List<String> data,
            String folder,
            String health,
            List<Secret> secrets,
            List<String> units,
            String module,
            String checked,
            List<String> options,
            List<String> conflicts,
            List<String> waitsFor) {}

    /**
     * A port that it listens on.
     *
     * @param number on the machine if nothing else is declared
     * @param container the same inside its container
     */
    record Port(String name, int number, int container, String protocol, String about) {}

    /**
     * A password that is made once.
     *
     * @param variable that the container gets it in
     * @param file where it lies if the entry is the system's
     */
    record Secret(String name, String variable, String about, String file) {}
}
