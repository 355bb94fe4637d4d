package dev.homeostat.control.api;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.homeostat.resource.Json;
import io.quarkus.arc.Unremovable;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;

/** The API writes JSON as everything else does: with the one mapper. */
final class Mapper {
    private Mapper() {}

    @Produces
    @Singleton
    @Unremovable
    static ObjectMapper mapper() {
        return Json.MAPPER;
    }
}
