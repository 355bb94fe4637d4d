package dev.homeostat.kind.generation.settings;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;
import java.util.List;

/** {@code build}: how and where Nix builds. The one place where max-jobs and cores are decided. */
public record BuildSettings(
        @JsonPropertyDescription("Binary caches besides cache.nixos.org")
        List<@NotNull @Pattern(regexp = Patterns.CACHE, message = Patterns.CACHE_FORM) String> substituters,

        @JsonPropertyDescription("Public keys of those caches; what they do not sign is not taken from them")
        List<@NotNull @Pattern(regexp = Patterns.PUBLIC_KEY, message = Patterns.PUBLIC_KEY_FORM) String>
                trustedPublicKeys,

        @JsonPropertyDescription("Machines that build for this one, reached by SSH")
        List<@NotNull RemoteBuilder> remoteBuilders,

        @JsonPropertyDescription(
                "Builds at once: auto or a number; 0 leaves all to remote builders. Default by memory: 1 below 8 GiB, 2 below 16 GiB, else auto")
        MaxJobs maxJobs,

        @JsonPropertyDescription(
                "Processors for each build; 0: all. Default by memory: 1 below 8 GiB, 2 below 16 GiB, else 0")
        @Min(0)
        @Max(MaxJobs.LIMIT)
        Integer cores) {
    private static final long GIB = 1L << 30;
    /** A large C++ file takes 1 to 2 GiB to compile; below this one build with one processor is what fits. */
    private static final long SMALL_RAM_BYTES = 8 * GIB;

    private static final long MIDDLE_RAM_BYTES = 16 * GIB;
    /**
     * The kernel keeps a part for itself and says so: a machine that was sold with 8 GiB reports a little less, and is
     * one with 8 GiB all the same.
     */
    private static final double REPORTED_SHARE = 0.95;

    public BuildSettings {
        substituters = substituters == null ? List.of() : List.copyOf(substituters);
        trustedPublicKeys = trustedPublicKeys == null ? List.of() : List.copyOf(trustedPublicKeys);
        remoteBuilders = remoteBuilders == null ? List.of() : List.copyOf(remoteBuilders);
    }

    /** With max-jobs and cores for that much memory, where nothing is declared. */
    BuildSettings forRam(long ramBytes) {
        boolean small = !isAtLeast(ramBytes, SMALL_RAM_BYTES);
        boolean middle = !isAtLeast(ramBytes, MIDDLE_RAM_BYTES);
        MaxJobs jobs = small ? new MaxJobs(1) : middle ? new MaxJobs(2) : MaxJobs.AUTO;
        int processors = small ? 1 : middle ? 2 : 0;
        return new BuildSettings(
                substituters,
                trustedPublicKeys,
                remoteBuilders,
                maxJobs == null ? jobs : maxJobs,
                cores == null ? processors : cores);
    }

    /**
     * Whether a machine was sold with so much memory, or more.
     *
     * @param ramBytes as the kernel reports it
     */
    static boolean isAtLeast(long ramBytes, long soldBytes) {
        return ramBytes >= soldBytes * REPORTED_SHARE;
    }

    /** A machine that builds for this one. */
    public record RemoteBuilder(
            @JsonPropertyDescription("Its name or address")
            @NotNull
            @Pattern(regexp = Patterns.REMOTE_HOST, message = Patterns.REMOTE_HOST_FORM)
            String hostName,

            @JsonPropertyDescription("What it builds for. Default: this machine's own platform")
            List<@NotNull @Pattern(regexp = Patterns.SYSTEM, message = Patterns.SYSTEM_FORM) String> systems,

            @JsonPropertyDescription("ssh-ng (the default) or ssh")
            Protocol protocol,

            @JsonPropertyDescription("User there") @Pattern(regexp = Patterns.USER, message = Patterns.USER_FORM)
            String sshUser,

            @JsonPropertyDescription("File of this machine with the private key, readable for root")
            @Pattern(regexp = Patterns.PATH, message = Patterns.PATH_FORM)
            String sshKey,

            @JsonPropertyDescription("Builds at once there. Default 1") @Min(1) @Max(MaxJobs.LIMIT)
            Integer maxJobs,

            @JsonPropertyDescription("Higher is asked first. Default 1") @Min(1) @Max(1000)
            Integer speedFactor,

            @JsonPropertyDescription("Such as kvm or big-parallel")
            List<@NotNull @Pattern(regexp = Patterns.FEATURE, message = Patterns.FEATURE_FORM) String>
                    supportedFeatures) {
        public RemoteBuilder {
            systems = systems == null ? List.of() : List.copyOf(systems);
            protocol = protocol == null ? Protocol.SSH_NG : protocol;
            maxJobs = maxJobs == null ? 1 : maxJobs;
            speedFactor = speedFactor == null ? 1 : speedFactor;
            supportedFeatures = supportedFeatures == null ? List.of() : List.copyOf(supportedFeatures);
        }
    }

    /** How a remote builder is spoken to. */
    public enum Protocol {
        @JsonProperty("ssh-ng")
        SSH_NG,
        @JsonProperty("ssh")
        SSH
    }
}
