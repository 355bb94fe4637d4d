package dev.homeostat.control.console;

import static java.util.Objects.requireNonNull;

import dev.homeostat.host.posix.Account;
import dev.homeostat.host.posix.SafeFiles;
import dev.homeostat.resource.Trouble;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A file that is made whole or not at all, and never in the place of another. */
final class NewFile {
    /** Read by everybody, as the daemon wants of its declaration: what it holds is no secret. */
    private static final int FILE_MODE = 0644;

    private static final int FOLDER_MODE = 0755;

    private final Path path;
    private final SafeFiles files;
    private final Account owner;

    /** @param path absolute and normalized */
    NewFile(Path path, SafeFiles files, Account owner) {
        this.path = requireNonNull(path, "path is null");
        this.files = files;
        this.owner = owner;
    }

    Path path() {
        return path;
    }

    /** @throws Trouble if something is there, also a link that leads nowhere */
    void refuseExisting() throws Trouble {
        if (files.look(path).isPresent()) {
            throw existing();
        }
    }

    private Trouble existing() {
        return Trouble.conflict(
                path + " is there already, and is not overwritten",
                "homeostat init - prints what it would write, and homeostat init FILE writes it elsewhere");
    }

    void write(byte[] content) throws Trouble {
        files.makeWay(path.getParent(), FOLDER_MODE, owner.uid(), owner.gid());
        Path draft = path.resolveSibling(
                "." + path.getFileName() + "." + ProcessHandle.current().pid());
        files.write(draft, content, FILE_MODE, owner.uid(), owner.gid());
        try {
            Files.createLink(path, draft); // unlike a rename it takes no place that was taken meanwhile
        } catch (FileAlreadyExistsException e) {
            throw existing();
        } catch (IOException e) {
            throw Trouble.passing(path + " cannot be written: " + e.getMessage(), e);
        } finally {
            files.remove(draft);
        }
    }
}
