package dev.homeostat.kind.generation.settings;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;

/** {@code host}: what the machine is called and what it is for. */
public record HostSettings(
        @JsonPropertyDescription("Name of the machine")
        @NotNull
        @Pattern(regexp = Patterns.HOST_NAME, message = Patterns.HOST_NAME_FORM)
        String name,

        @JsonPropertyDescription("Such as Europe/Berlin. Not given: UTC, or what timedatectl was told")
        @Pattern(regexp = Patterns.TIME_ZONE, message = Patterns.TIME_ZONE_FORM)
        String timeZone,

        @JsonPropertyDescription("Language and conventions, such as de_DE.UTF-8. Default en_US.UTF-8")
        @Pattern(regexp = Patterns.LOCALE, message = Patterns.LOCALE_FORM)
        String locale,

        @JsonPropertyDescription(
                "The release this machine was first installed with, in quotes. It is never raised by an upgrade: it says how old data on the disk is laid out")
        @NotNull
        @Pattern(regexp = Patterns.RELEASE, message = Patterns.RELEASE_FORM)
        String stateVersion,

        @JsonPropertyDescription(
                "personal (the default): NetworkManager. lab: that and an SSH server. guest: a QEMU guest agent. ci: no documentation")
        Profile profile,

        @JsonPropertyDescription(
                "systemd-boot, grub, or own: what the owner's modules say. Default: the one that is installed")
        BootLoader bootLoader,

        @JsonPropertyDescription("Where grub is put, such as /dev/sda; not given: on the EFI partition")
        @Pattern(regexp = Patterns.PATH, message = Patterns.PATH_FORM)
        String bootDevice) {
    private static final String LOCALE = "en_US.UTF-8";

    public HostSettings {
        locale = locale == null ? LOCALE : locale;
        profile = profile == null ? Profile.PERSONAL : profile;
    }

    HostSettings withBootLoader(BootLoader found) {
        return bootLoader != null
                ? this
                : new HostSettings(name, timeZone, locale, stateVersion, profile, found, bootDevice);
    }

    /** What a machine is for. */
    public enum Profile {
        @JsonProperty("personal")
        PERSONAL,
        @JsonProperty("lab")
        LAB,
        @JsonProperty("guest")
        GUEST,
        @JsonProperty("ci")
        CI
    }

    /** What starts the kernel. */
    public enum BootLoader {
        @JsonProperty("systemd-boot")
        SYSTEMD_BOOT,
        @JsonProperty("grub")
        GRUB,
        @JsonProperty("own")
        OWN
    }
}
