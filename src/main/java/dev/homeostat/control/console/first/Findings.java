package dev.homeostat.control.console.first;

import dev.homeostat.host.facts.Hardware;
import dev.homeostat.host.facts.Identity;
import dev.homeostat.host.facts.Machine;
import dev.homeostat.resource.Inventory;
import dev.homeostat.resource.ResourceId;
import dev.homeostat.resource.Scope;
import java.util.List;

/**
 * What was found on a machine.
 *
 * @param parts of sections, the system's first
 * @param unseen what could not be looked at, a sentence each
 */
public record Findings(Machine machine, Hardware hardware, Identity identity, List<Part> parts, List<String> unseen) {
    public Findings {
        parts = List.copyOf(parts);
        unseen = List.copyOf(unseen);
    }

    /** One section of one scope. */
    public record Part(Scope scope, String section, List<Inventory.Found> found) {
        public Part {
            found = List.copyOf(found);
        }

        /** Where a problem with an entry is told, as the reader names it. */
        String key(Inventory.Found entry) {
            return (scope.isOwn() ? "" : "users." + scope.user() + ".") + section + "." + entry.name();
        }

        /** Sections are called by the plural of the kind. */
        ResourceId id(Inventory.Found entry) {
            return new ResourceId(section.substring(0, section.length() - 1), scope, entry.name());
        }
    }
}
