package dev.homeostat.kind.generation;

import dev.homeostat.host.posix.FileFacts;
import dev.homeostat.host.posix.SafeFiles;
import dev.homeostat.resource.Trouble;
import java.nio.file.Path;
import java.util.regex.Pattern;

/** What systems and homes on this machine are made from: the generated tree, and flakes of the owner's. Thread-safe. */
final class LocalTrees {
    /** What of a path has no meaning of its own in a flake reference. */
    private static final Pattern FOLDER = Pattern.compile("(/[A-Za-z0-9_+=.@-]{1,255}){1,64}");

    private final GeneratedTree generated;
    private final Folder reader;
    private final SafeFiles files;
    private final Facts facts;

    LocalTrees(GeneratedTree generated, Folder reader, SafeFiles files, Facts facts) {
        this.generated = generated;
        this.reader = reader;
        this.files = files;
        this.facts = facts;
    }

    GeneratedTree generated() {
        return generated;
    }

    /** What the generated tree is to be, on the machine as it is now. */
    GeneratedTree.Wanted wanted(SystemSource.Generated source) throws Trouble {
        return generated.wanted(source, facts.look());
    }

    /**
     * A flake of the owner's as it is now.
     *
     * @param declared the key that says so
     */
    Folder.Content ownFlake(String folder, String declared) throws Trouble {
        if (!FOLDER.matcher(folder).matches()
                || !Path.of(folder).normalize().toString().equals(folder)) {
            throw Trouble.invalid(
                    folder + " cannot be the folder of a flake", "give an absolute path of letters, digits and _+=.@-");
        }
        FileFacts there = files.look(Path.of(folder))
                .orElseThrow(() -> Trouble.invalid(folder + " is not there", "make it, or correct " + declared));
        if (there.type() == FileFacts.Type.LINK) {
            throw Trouble.invalid(
                    folder + " is a symbolic link to " + there.link().replaceAll("\\p{Cntrl}", "?")
                            + ", which Nix would not follow",
                    "name the folder itself in " + declared);
        }
        Folder.Content content = reader.read(Path.of(folder));
        if (!content.entries().containsKey("flake.nix")) {
            throw Trouble.invalid(folder + "/flake.nix is not there", "make it, or correct " + declared);
        }
        if (content.closed().isPresent()) {
            throw Trouble.invalid(
                    content.closed().get()
                            + " may not be read by everybody, and the Nix store may, into which Nix copies "
                            + "the whole folder",
                    "if there is no secret in it: chmod o+r " + content.closed().get()
                            + "; if there is, move it elsewhere and name it by its path");
        }
        return content;
    }
}
