package dev.homeostat.control.console;

import dev.homeostat.cli.ExitCode;
import dev.homeostat.control.console.text.CatalogText;
import dev.homeostat.reconcile.Refusal;
import dev.homeostat.resource.Catalogue;
import java.io.IOException;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

@Command(
        name = "catalog",
        description = "What a declaration can turn on with one line, or all about one entry of it. Needs no daemon.",
        footer = {"", "Example: homeostat catalog redis"})
final class CatalogCommand implements Callable<ExitCode> {
    @ParentCommand
    Root root;

    @Parameters(arity = "0..1", paramLabel = "ENTRY", description = "One entry of the catalogue.")
    String entry;

    @Override
    public ExitCode call() throws IOException, Refusal {
        Catalogue catalogue = root.catalogue();
        if (entry == null) {
            root.print(catalogue.offers(), CatalogText.table(catalogue.offers(), root.columns()));
            return ExitCode.OK;
        }
        Catalogue.Offer offer = catalogue
                .offer(entry)
                .orElseThrow(() -> new Refusal(
                        Refusal.Sort.NOT_FOUND,
                        "\"" + entry + "\" is not in the catalogue: there are "
                                + catalogue.offers().stream()
                                        .map(Catalogue.Offer::name)
                                        .collect(Collectors.joining(", "))));
        root.print(offer, CatalogText.of(offer, root.columns()));
        return ExitCode.OK;
    }
}
