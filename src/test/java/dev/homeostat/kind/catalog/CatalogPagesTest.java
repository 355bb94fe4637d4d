package dev.homeostat.kind.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import dev.homeostat.host.Locations;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The pages say what the catalogue holds: {@code -Dcatalog.write=true} writes them anew. */
class CatalogPagesTest {
    private static final String BEGIN =
            "<!-- from the catalogue: mvn test -Dtest=CatalogPagesTest -Dcatalog.write=true -->\n\n";
    private static final String END = "\n<!-- end of what is from the catalogue -->";
    private final Catalog catalog = new Catalog(Locations.system(Map.of()));

    private static void holds(Path page, String generated) throws Exception {
        String text = Files.readString(page);
        int begin = text.indexOf(BEGIN) + BEGIN.length();
        int end = text.indexOf(END);
        assertThat(begin).as("%s has the marks", page).isBetween(BEGIN.length(), end);
        if (Boolean.getBoolean("catalog.write")) {
            Files.writeString(page, text.substring(0, begin) + generated + text.substring(end));
        }
        String written = Files.readString(page);
        assertThat(written.substring(begin, written.indexOf(END)))
                .as("%s says another: mvn test -Dtest=CatalogPagesTest -Dcatalog.write=true", page)
                .isEqualTo(generated);
    }

    @Test
    void the_guide_has_a_row_for_every_entry() throws Exception {
        holds(Path.of("docs/guide/catalog.md"), CatalogPages.guide(catalog));
        assertThat(Files.readString(Path.of("docs/guide/catalog.md")))
                .contains(catalog.entries().keySet().stream()
                        .map(name -> "\n| `" + name + "` | ")
                        .toList());
    }

    @Test
    void the_reference_has_a_row_for_every_option_and_how_it_was_looked_up() throws Exception {
        holds(Path.of("docs/reference/templates.md"), CatalogPages.options(catalog));
        assertThat(catalog.offers().stream()
                        .filter(offer -> !offer.options().isEmpty())
                        .map(offer -> offer.checked())
                        .collect(Collectors.toSet()))
                .isSubsetOf(Set.of("read", "read in part", "name only"));
    }
}
