package dev.homeostat.kind.catalog;

import dev.homeostat.resource.Catalogue;
import dev.homeostat.resource.Catalogue.Offer;
import dev.homeostat.resource.Preset;
import java.util.List;
import java.util.stream.Collectors;

/** What the documentation says of the catalogue, made from the catalogue. */
final class CatalogPages {
    private CatalogPages() {}

    /** Of the guide. */
    static String guide(Catalogue catalogue) {
        StringBuilder out = new StringBuilder();
        out.append("| entry | runs as | ports | keeps | makes | what |\n|---|---|---|---|---|---|\n");
        for (Offer offer : catalogue.offers()) {
            row(
                    out,
                    code(offer.name()),
                    offer.forms().stream().map(Preset.Form::label).collect(Collectors.joining(" or ")),
                    offer.ports().stream()
                            .map(port -> port.number() + " " + port.name())
                            .collect(Collectors.joining(", ")),
                    codes(offer.data()),
                    codes(offer.secrets().stream()
                            .map(Catalogue.Secret::variable)
                            .toList()),
                    offer.about());
        }
        out.append("\n| container | image | waits for | it is healthy if this succeeds |\n|---|---|---|---|\n");
        for (Offer offer : catalogue.offers()) {
            if (!offer.image().isEmpty()) {
                row(
                        out,
                        code(offer.name()),
                        code(offer.image()),
                        codes(offer.waitsFor()),
                        offer.health().isEmpty() ? "" : code(offer.health().replace("|", "\\|")));
            }
        }
        out.append("\n| service | units | data |\n|---|---|---|\n");
        for (Offer offer : catalogue.offers()) {
            if (!offer.units().isEmpty()) {
                row(
                        out,
                        code(offer.name()),
                        codes(offer.units()),
                        offer.folder().isEmpty() ? "" : code(offer.folder()));
            }
        }
        return out.toString();
    }

    /** Of the reference of the templates: which options of NixOS, and how they were looked up. */
    static String options(Catalogue catalogue) {
        StringBuilder out = new StringBuilder();
        out.append("| entry | option | value | declared in | checked |\n|---|---|---|---|---|\n");
        for (Offer offer : catalogue.offers()) {
            for (String option : offer.options()) {
                int sign = option.indexOf(" = ");
                row(
                        out,
                        code(offer.name()),
                        code(option.substring(0, sign)),
                        code(option.substring(sign + 3)),
                        offer.module(),
                        offer.checked());
            }
        }
        return out.toString();
    }

    private static void row(StringBuilder out, String... cells) {
        out.append("| ").append(String.join(" | ", cells)).append(" |\n");
    }

    private static String code(String text) {
        return "`" + text + "`";
    }

    private static String codes(List<String> texts) {
        return texts.stream().map(CatalogPages::code).collect(Collectors.joining(", "));
    }
}
