package dev.homeostat.ai.model;

import dev.homeostat.resource.Trouble;
import java.net.URI;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/** Which addresses may be asked for a model. */
final class Hop {
    private static final String HTTPS = "https";
    private static final String HTTP = "http";
    private static final Pattern LOOPBACK =
            Pattern.compile("localhost|127(\\.\\d{1,3}){3}|\\[::1\\]|\\[0:0:0:0:0:0:0:1\\]");

    private Hop() {}

    /**
     * What comes without encryption is taken from this machine only, unless its hash is known.
     *
     * @throws Trouble invalid
     */
    static void check(URI uri, boolean hashIsKnown) throws Trouble {
        String scheme = String.valueOf(uri.getScheme()).toLowerCase(Locale.ROOT);
        if (uri.getHost() == null || uri.getRawUserInfo() != null || !scheme.equals(HTTPS) && !scheme.equals(HTTP)) {
            throw Trouble.invalid(
                    "expected https://HOST/..., without a password, found " + told(uri), "correct the address");
        }
        if (scheme.equals(HTTP) && !hashIsKnown && !isLoopback(uri)) {
            throw Trouble.invalid(
                    "what http brings can be changed by whoever is in between", "use https, or give sha256");
        }
    }

    static boolean isLoopback(URI uri) {
        return uri.getHost() != null
                && LOOPBACK.matcher(uri.getHost().toLowerCase(Locale.ROOT)).matches();
    }

    static boolean isEncrypted(URI uri) {
        return HTTPS.equalsIgnoreCase(uri.getScheme());
    }

    /**
     * Where a redirect leads.
     *
     * @throws Trouble transient, if it leads where nothing may come from
     */
    static URI next(URI from, Optional<String> location, boolean hashIsKnown) throws Trouble {
        URI next;
        try {
            next = from.resolve(location.orElse(""));
        } catch (IllegalArgumentException e) {
            throw Trouble.passing(from.getHost() + " redirects to what is no address", e);
        }
        if (location.isEmpty()) {
            throw Trouble.passing(from.getHost() + " redirects to nowhere");
        }
        try {
            check(next, hashIsKnown);
        } catch (Trouble t) {
            throw Trouble.passing(from.getHost() + " redirects to " + told(next) + ": " + t.getMessage());
        }
        if (isEncrypted(from) && !isEncrypted(next)) {
            throw Trouble.passing(from.getHost() + " redirects to " + told(next) + ", which is not encrypted");
        }
        return next;
    }

    /** Scheme, host and port are the same: who may be told a token of the other. */
    static boolean isSameServer(URI one, URI other) {
        return String.valueOf(one.getScheme()).equalsIgnoreCase(String.valueOf(other.getScheme()))
                && String.valueOf(one.getHost()).equalsIgnoreCase(String.valueOf(other.getHost()))
                && port(one) == port(other);
    }

    private static int port(URI uri) {
        return uri.getPort() >= 0 ? uri.getPort() : isEncrypted(uri) ? 443 : 80;
    }

    /** Without what may be secret in it: signatures of storage services are in the query. */
    static String told(URI uri) {
        return uri.getScheme() + "://" + (uri.getHost() == null ? "?" : uri.getHost())
                + (uri.getPort() < 0 ? "" : ":" + uri.getPort()) + (uri.getPath() == null ? "" : uri.getPath());
    }
}
