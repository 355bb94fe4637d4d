package dev.homeostat.kind.service;

import dev.homeostat.host.posix.FileFacts;
import dev.homeostat.host.systemd.UnitFile;
import java.nio.file.Path;
import java.time.Instant;

/**
 * What is at a path where a unit file or drop-in of ours belongs.
 *
 * @param facts null if nothing is there
 * @param text null unless a regular file is there
 * @param owner name of the user it belongs to, empty if nothing is there
 */
public record PlacedFile(Path path, FileFacts facts, String text, String owner) {
    boolean isThere() {
        return facts != null;
    }

    /** {@code systemctl mask} puts such a link in the place of a unit file. */
    boolean isMask() {
        return facts != null
                && facts.type() == FileFacts.Type.LINK
                && facts.link().equals("/dev/null");
    }

    boolean isOurs() {
        return text != null && UnitFile.isOurs(text);
    }

    /** Somebody else wrote it: it is never replaced. */
    boolean isForeign() {
        return isThere() && !isOurs() && !isMask();
    }

    boolean isAsDeclared(UnitFile file, int mode, int uid) {
        return text != null && file.matches(text) && facts.mode() == mode && facts.uid() == uid;
    }

    /** Since when what it says has been in force. */
    Instant since() {
        return text == null ? Instant.EPOCH : UnitFile.since(text).orElseGet(facts::modified);
    }

    String describe() {
        if (facts == null) {
            return "nothing";
        }
        return switch (facts.type()) {
            case FILE -> "file";
            case FOLDER -> "folder";
            case LINK -> "link to " + facts.link();
            case OTHER -> "device, socket or pipe";
        };
    }
}
