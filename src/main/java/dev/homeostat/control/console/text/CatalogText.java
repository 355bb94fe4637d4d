package dev.homeostat.control.console.text;

import dev.homeostat.resource.Catalogue.Offer;
import dev.homeostat.resource.Catalogue.Port;
import dev.homeostat.resource.Catalogue.Secret;
import dev.homeostat.resource.Preset;
import java.util.List;
import java.util.stream.Collectors;

/** The catalogue, and one entry of it. */
public final class CatalogText {
    private CatalogText() {}

    /** @param columns of the screen; 0 for none */
    public static List<String> table(List<Offer> offers, int columns) {
        Table table = new Table("ENTRY", "RUNS AS", "PORTS", "ABOUT");
        for (Offer offer : offers) {
            table.row(
                    offer.name(),
                    forms(offer),
                    offer.ports().stream()
                            .map(p -> Integer.toString(p.number()))
                            .collect(Collectors.joining(", ")),
                    offer.about());
        }
        return table.render(columns);
    }

    /** @param columns of the screen; 0 for none */
    public static List<String> of(Offer offer, int columns) {
        Lines out = new Lines(columns);
        out.add(Style.BOLD.of(offer.name()) + "  " + offer.about());
        out.wrapped("  ", "runs as " + forms(offer));
        for (Port port : offer.ports()) {
            out.wrapped(
                    "  ",
                    "port " + port.name() + " " + port.number() + "/" + port.protocol()
                            + (port.about().isEmpty() ? "" : ": " + port.about()));
        }
        for (Secret secret : offer.secrets()) {
            out.wrapped("  ", "makes " + secret.variable() + " (" + secret.about() + ") in " + secret.file());
        }
        list(out, "waits for", offer.waitsFor());
        list(out, "does not go with", offer.conflicts());
        if (!offer.image().isEmpty()) {
            out.blank().add(Style.BOLD.of("As a container"));
            out.wrapped("  ", "image " + offer.image());
            list(out, "keeps its data in the volumes", offer.data());
            if (!offer.health().isEmpty()) {
                out.wrapped("  ", "is healthy if this succeeds: " + offer.health());
            }
        }
        if (!offer.options().isEmpty()) {
            out.blank().add(Style.BOLD.of("As a service of NixOS"));
            offer.options().forEach(option -> out.wrapped("  ", option));
            list(out, "runs", offer.units());
            if (!offer.folder().isEmpty()) {
                out.wrapped("  ", "keeps its data in " + offer.folder());
            }
        }
        return out.all();
    }

    private static void list(Lines out, String what, List<String> names) {
        if (!names.isEmpty()) {
            out.wrapped("  ", what + " " + String.join(", ", names));
        }
    }

    private static String forms(Offer offer) {
        return offer.forms().stream().map(Preset.Form::label).collect(Collectors.joining(" or "));
    }
}
