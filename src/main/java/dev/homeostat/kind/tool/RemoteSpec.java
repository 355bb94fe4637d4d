package dev.homeostat.kind.tool;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.homeostat.resource.Spec;

/**
 * A remote of Flatpak as it should be.
 *
 * @param url of its repository; null if it is in {@code from}
 * @param from a .flatpakrepo file, path or address; null if there is none
 * @param key path of the public key that signs it; null if {@code from} has it, or nothing is signed
 * @param unsigned whether what is not signed is taken
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record RemoteSpec(String url, String from, String key, boolean unsigned, boolean retired) implements Spec {
    RemoteSpec retire() {
        return new RemoteSpec(url, from, key, unsigned, true);
    }
}
