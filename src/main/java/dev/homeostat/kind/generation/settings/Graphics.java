package dev.homeostat.kind.generation.settings;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import dev.homeostat.kind.generation.settings.DeclaredElsewhere.Gpu.Vendor;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Whose display controllers get drivers: {@code auto} (of those that are there), {@code none}, a vendor, or a list of them.
 *
 * @param vendors null for auto; empty for none
 */
public record Graphics(Set<Vendor> vendors) {
    public static final Graphics AUTO = new Graphics(null);
    public static final Graphics NONE = new Graphics(Set.of());

    public static final String PATTERN = "^(auto|none|amd|intel|nvidia)$";
    public static final String FORM = "auto, none, amd, intel, nvidia, or a list of the last three";

    public Graphics {
        vendors = vendors == null ? null : new TreeSet<>(vendors);
    }

    /** @throws IllegalArgumentException if it is nothing of the kind */
    @JsonCreator
    public static Graphics of(Object value) {
        return switch (value) {
            case String text when text.equals("auto") -> AUTO;
            case String text when text.equals("none") -> NONE;
            case String text -> new Graphics(Set.of(vendor(text)));
            case List<?> names -> {
                List<Vendor> vendors = new ArrayList<>();
                names.forEach(name -> vendors.add(vendor(name)));
                yield new Graphics(Set.copyOf(vendors));
            }
            default -> throw new IllegalArgumentException("expected " + FORM);
        };
    }

    private static Vendor vendor(Object name) {
        for (Vendor vendor : Vendor.values()) {
            if (vendor.label().equals(name)) {
                return vendor;
            }
        }
        throw new IllegalArgumentException("expected " + FORM);
    }

    @JsonValue
    public Object json() {
        return vendors == null ? "auto" : vendors.stream().map(Vendor::label).toList();
    }
}
