package dev.homeostat.kind.generation.settings;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.homeostat.resource.Durations;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** {@code nixos.git}: which commits of the repository that {@code nixos.from} names are deployed. */
public record GitSourceSettings(
        @JsonPropertyDescription("The branch that is followed. Default: the one that the repository's HEAD names")
        @Pattern(regexp = GitSourceSettings.BRANCH, message = GitSourceSettings.BRANCH_FORM)
        String branch,

        @JsonPropertyDescription("How often the repository is asked for news, 10s to 7d. Default 5m")
        Duration poll,

        @JsonPropertyDescription(
                "Who may sign: public keys of ssh (ssh-ed25519 AAAA...), or absolute paths of files with public keys of OpenPGP. Every new commit has to be signed by one of them. Default: nobody has to sign")
        List<@NotNull @Pattern(regexp = GitSourceSettings.SIGNER, message = GitSourceSettings.SIGNER_FORM) String>
                signatures,

        @JsonPropertyDescription(
                "A file with TOKEN or USER:TOKEN, for a repository over https that not everybody may read. Only its owner may read the file")
        @Pattern(regexp = Patterns.NIX_PATH, message = Patterns.NIX_PATH_FORM)
        String tokenFile) {
    /** As git-check-ref-format(1) has it, and nothing that a program could take for something else. */
    static final String BRANCH =
            "^(?!refs/)(?!.*(\\.\\.|//|/\\.|\\./|\\.lock(/|$)|@\\{))[A-Za-z0-9_]([A-Za-z0-9_./@+-]{0,197}[A-Za-z0-9_@+-])?$";

    static final String BRANCH_FORM = "the name of a branch, such as main";

    static final String SIGNER =
            "^((ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521)|sk-ssh-ed25519@openssh\\.com|sk-ecdsa-sha2-nistp256@openssh\\.com) [A-Za-z0-9+/]{16,16000}={0,3}( [^\\x00-\\x1f\\x7f]{0,200})?|(?!.*/\\.\\.?(/|$))(/[A-Za-z0-9_+=?.@-]{1,128}){1,16})$";

    static final String SIGNER_FORM = "a public key of ssh (ssh-ed25519 AAAA...) or the absolute path of a file";

    /** The server is somebody's, too. */
    private static final Duration POLL_LEAST = Duration.ofSeconds(10);
    /** Who asks more rarely asks by hand. */
    private static final Duration POLL_MOST = Duration.ofDays(7);

    public static final GitSourceSettings DEFAULT = new GitSourceSettings(null, null, null, null);

    public GitSourceSettings {
        poll = poll == null ? Duration.ofMinutes(5) : poll;
        signatures = signatures == null ? List.of() : List.copyOf(signatures);
    }

    /** What the schema does not show to be wrong. */
    List<Settings.Fault> faults() {
        List<Settings.Fault> faults = new ArrayList<>();
        if (poll.compareTo(POLL_LEAST) < 0 || poll.compareTo(POLL_MOST) > 0) {
            faults.add(new Settings.Fault(
                    "nixos.git.poll",
                    "expected " + Durations.format(POLL_LEAST) + " to " + Durations.format(POLL_MOST) + ", found "
                            + Durations.format(poll)));
        }
        return faults;
    }
}
