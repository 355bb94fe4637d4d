package dev.homeostat.ai.model;

import com.fasterxml.jackson.annotation.JsonInclude;

/**
 * Where a model is from, and what it has to be.
 *
 * @param url null if it is copied from a file
 * @param file of this machine, absolute; null if it is downloaded
 * @param sha256 64 hexadecimal digits; null if nobody says
 * @param bytes null if nobody says
 * @param tokenFile what the server is told with each request; null if nothing. Its path is no secret
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ModelSource(String url, String file, String sha256, Long bytes, String tokenFile) {
    /** For people: where it is from. */
    String told() {
        return url == null ? file : java.net.URI.create(url).getHost();
    }

    /** What a note says of where something came from. */
    String origin() {
        return url == null ? file : url;
    }
}
