package dev.homeostat.reconcile;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** Why a resource is not as declared. */
public enum Origin {
    /** The machine moved: nobody declared it. */
    DRIFT,
    /** The declaration moved. */
    CHANGE,
    /** It left the declaration and we had made it. */
    REMOVAL;

    @JsonValue
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
