package dev.homeostat.control.api;

import dev.homeostat.host.facts.Facts;
import dev.homeostat.host.facts.MachineLook;
import dev.homeostat.reconcile.Refusal;
import dev.homeostat.resource.Trouble;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/** What the machine is, whatever is declared. */
@Path("/v1")
@Produces(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
@Tag(name = "machine")
public class FactsApi {
    private final MachineLook machines;

    FactsApi(MachineLook machines) {
        this.machines = machines;
    }

    @GET
    @Path("facts")
    @Operation(
            summary = "What the machine is",
            description =
                    "Looked at afresh: distribution, processor, memory, firmware, room, display controllers and their"
                            + " drivers, zswap, zram, swap, Nix.")
    public Facts facts() throws Refusal {
        try {
            return machines.facts();
        } catch (Trouble e) {
            throw new Refusal(Refusal.Sort.CONFLICT, e.sentence());
        }
    }
}
