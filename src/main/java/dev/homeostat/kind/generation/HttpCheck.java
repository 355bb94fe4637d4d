package dev.homeostat.kind.generation;

import dev.homeostat.resource.Durations;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.http.HttpClient;
import java.net.http.HttpClient.Redirect;
import java.net.http.HttpClient.Version;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Whether an address answers with the expected status, by one GET: no redirect is followed, no proxy asked. Where a
 * connection is closed without a byte of an answer, the JDK's client sends it once more over another.
 */
final class HttpCheck {
    /** An answer is not right that breaks off, but nobody has to send or read more than that to be healthy. */
    private static final int BODY_LIMIT_BYTES = 64 * 1024;

    private static final Set<String> SCHEMES = Set.of("http", "https");

    private HttpCheck() {}

    /** @param timeout for connection and answer together */
    static Optional<String> look(String address, int expected, Duration timeout) {
        URI uri;
        try {
            uri = new URI(address);
        } catch (URISyntaxException e) {
            return Optional.of("http is no address: " + e.getReason());
        }
        if (uri.getScheme() == null || !SCHEMES.contains(uri.getScheme()) || uri.getHost() == null) {
            return Optional.of(address + " is not an address that begins with http:// or https:// and a host");
        }
        if (uri.getRawUserInfo() != null) { // not told further: there may be a password in it
            return Optional.of("http has a user in its address, expected none");
        }
        // Its own time-out ends with the head of the answer; the body is waited for as well.
        FutureTask<Integer> answer = new FutureTask<>(status(uri, timeout));
        Thread thread = Thread.ofVirtual().name("check-http").start(answer);
        try {
            int status = answer.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
            return status == expected
                    ? Optional.empty()
                    : Optional.of(address + " answered " + status + ", expected " + expected);
        } catch (TimeoutException e) {
            return late(address, expected, timeout);
        } catch (ExecutionException e) {
            return e.getCause() instanceof HttpTimeoutException
                    ? late(address, expected, timeout)
                    : Optional.of(address + " did not answer, expected " + expected + ": " + reason(e.getCause()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.of(address + " was not waited for, expected " + expected);
        } finally {
            thread.interrupt();
        }
    }

    private static Callable<Integer> status(URI uri, Duration timeout) {
        return () -> {
            HttpClient client = HttpClient.newBuilder()
                    .version(Version.HTTP_1_1) // no offer of another one, which simple servers do not understand
                    .followRedirects(Redirect.NEVER)
                    .proxy(HttpClient.Builder.NO_PROXY)
                    .connectTimeout(timeout)
                    .build();
            try {
                HttpRequest request = HttpRequest.newBuilder(uri)
                        .timeout(timeout)
                        .header("user-agent", "homeostat")
                        .GET()
                        .build();
                HttpResponse<InputStream> response = client.send(request, BodyHandlers.ofInputStream());
                try (InputStream body = response.body()) {
                    body.readNBytes(BODY_LIMIT_BYTES);
                }
                return response.statusCode();
            } finally {
                client.shutdownNow(); // not close(), which waits for what is endless
            }
        };
    }

    private static Optional<String> late(String address, int expected, Duration timeout) {
        return Optional.of(address + " did not answer within " + Durations.format(timeout) + ", expected " + expected);
    }

    /** The client wraps what happened, and not all of it has words. */
    private static String reason(Throwable thrown) {
        Throwable cause = thrown;
        while (cause.getMessage() == null && cause.getCause() != null) {
            cause = cause.getCause();
        }
        String kind = cause instanceof IOException ? "" : cause.getClass().getSimpleName() + ": ";
        return cause.getMessage() == null ? cause.getClass().getSimpleName() : kind + cause.getMessage();
    }
}
