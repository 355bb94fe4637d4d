package dev.homeostat.host.git;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A branch of a repository elsewhere.
 *
 * @param url {@code https://}, {@code ssh://} or {@code file:///}; it holds no secret
 * @param branch empty for the one that the remote's HEAD names
 * @param credentials user and password or token, for https only; never in {@link #toString}
 */
public record GitRemote(String url, Optional<String> branch, Optional<Credentials> credentials) {
    private static final int URL_LIMIT_CHARS = 1000;
    private static final Pattern URL =
            Pattern.compile("(https://[A-Za-z0-9]|ssh://[A-Za-z0-9_]|file:///)[A-Za-z0-9._~:/@+=%-]*");
    /** As git-check-ref-format(1) has it, and nothing that a program could take for something else. */
    private static final Pattern BRANCH = Pattern.compile(
            "(?!.*(\\.\\.|//|/\\.|\\./|\\.lock(/|$)|@\\{))[A-Za-z0-9_][A-Za-z0-9_./@+-]{0,198}(?<![./])");

    /** Of whoever fetches. */
    public record Credentials(String user, String secret) {
        public Credentials {
            requireNonNull(user, "user is null");
            requireNonNull(secret, "secret is null");
            if (user.indexOf(':') >= 0) {
                throw new IllegalArgumentException("a user with a colon in it");
            }
        }

        @Override
        public String toString() {
            return user + ":...";
        }
    }

    public GitRemote {
        if (url.length() > URL_LIMIT_CHARS
                || !URL.matcher(url).matches()
                || url.startsWith("https:") && url.indexOf('@') >= 0) {
            throw new IllegalArgumentException("not a repository that is fetched from: " + GitText.line(url));
        }
        branch.ifPresent(b -> {
            if (!BRANCH.matcher(b).matches()) {
                throw new IllegalArgumentException("not the name of a branch: " + GitText.line(b));
            }
        });
        if (credentials.isPresent() && !url.startsWith("https:")) {
            throw new IllegalArgumentException("a token is for https only");
        }
    }

    String scheme() {
        return url.substring(0, url.indexOf(':'));
    }

    /** The folder of a repository of this machine. */
    Optional<Path> folder() {
        return scheme().equals("file") ? Optional.of(Path.of(url.substring("file://".length()))) : Optional.empty();
    }

    /** What is fetched: the branch, or what HEAD is. */
    String reference() {
        return branch.map(b -> "refs/heads/" + b).orElse("HEAD");
    }

    @Override
    public String toString() {
        return branch.map(b -> "branch " + b + " of ").orElse("") + url;
    }
}
