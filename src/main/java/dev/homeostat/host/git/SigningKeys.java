package dev.homeostat.host.git;

import java.util.List;

/**
 * Whose signatures count. Empty: none is asked for.
 *
 * @param ssh public keys, {@code ssh-ed25519 AAAA...}, each one line
 * @param gpg content of files with public keys of OpenPGP
 */
public record SigningKeys(List<String> ssh, List<String> gpg) {
    public static final SigningKeys NONE = new SigningKeys(List.of(), List.of());

    public SigningKeys {
        ssh = List.copyOf(ssh);
        gpg = List.copyOf(gpg);
        for (String key : ssh) {
            if (!key.matches("[a-z][a-z0-9@.-]{1,60} [A-Za-z0-9+/]{16,16000}={0,3}")) {
                throw new IllegalArgumentException("not a public key of ssh: " + GitText.line(key));
            }
        }
    }

    public boolean isEmpty() {
        return ssh.isEmpty() && gpg.isEmpty();
    }
}
