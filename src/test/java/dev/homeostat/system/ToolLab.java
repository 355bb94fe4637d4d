package dev.homeostat.system;

import static dev.homeostat.system.Machine.asApp;
import static dev.homeostat.system.Machine.does;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;

/** Where tools come from without a network: a repository of Flatpak, an archive of npm, a git remote, a flake, an editor. */
final class ToolLab {
    static final Path FOLDER = Path.of("/srv/tools");
    static final Path FLATPAKS = FOLDER.resolve("flatpaks");
    static final Path ARCHIVES = FOLDER.resolve("archives");
    /** It belongs to app: git serves nobody else's repository. */
    static final Path REMOTE = Path.of("/home/app/remote.git");

    static final Path WORKBENCH = Path.of("/home/app/workbench");
    static final Path FLAKE = Path.of("/home/app/flake");
    private static final Path EDITOR = Path.of("/usr/local/bin/codium");
    private static final String PLATFORM = "org.lab.Platform";
    private static final String ARCH = "x86_64";

    private ToolLab() {}

    static void make() throws IOException {
        does("rm", "-rf", FOLDER.toString());
        does("usermod", "--append", "--groups", "nix-users", "app"); // Debian lets no one else use Nix
        Files.createDirectories(ARCHIVES);
        flatpaks();
        npm("1.0.0");
        npm("2.0.0");
        git();
        flake("one");
        editor();
    }

    static void clear() throws IOException {
        does("rm", "-rf", FOLDER.toString(), REMOTE.toString(), WORKBENCH.toString(), FLAKE.toString());
        Files.deleteIfExists(EDITOR);
    }

    private static void write(Path file, String text) throws IOException {
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }

    // ---- Flatpak: its metadata by hand, as flatpak's own tests make it; an application without a runtime is none

    private static void flatpaks() throws IOException {
        Path platform = FOLDER.resolve("platform");
        write(
                platform.resolve("metadata"),
                "[Runtime]\nname=%1$s\nruntime=%1$s/%2$s/stable\nsdk=%1$s/%2$s/stable\n".formatted(PLATFORM, ARCH));
        write(platform.resolve("usr/lib/lab"), "a runtime\n");
        Files.createDirectories(platform.resolve("files"));
        does(
                "flatpak",
                "build-export",
                "--disable-sandbox",
                "--runtime",
                FLATPAKS.toString(),
                platform.toString(),
                "stable");
        for (String app : List.of("Draw", "Write", "ByHand")) {
            Path folder = FOLDER.resolve("app-" + app);
            write(
                    folder.resolve("metadata"),
                    "[Application]\nname=org.lab.%3$s\nruntime=%1$s/%2$s/stable\nsdk=%1$s/%2$s/stable\ncommand=lab\n"
                            .formatted(PLATFORM, ARCH, app));
            write(folder.resolve("files/bin/lab"), "#!/bin/sh\necho " + app + "\n");
            Files.createDirectories(folder.resolve("export"));
            does("flatpak", "build-export", "--disable-sandbox", FLATPAKS.toString(), folder.toString(), "stable");
        }
        does("flatpak", "build-update-repo", FLATPAKS.toString());
        does("chmod", "-R", "a+rX", FOLDER.toString());
    }

    // ---- npm

    static Path archive(String version) {
        return ARCHIVES.resolve("lab-tool-" + version + ".tgz");
    }

    private static void npm(String version) throws IOException {
        Path folder = FOLDER.resolve("npm/package");
        write(folder.resolve("package.json"), """
                {"name": "lab-tool", "version": "%s", "bin": {"lab-tool": "tool.js"},
                 "scripts": {"postinstall": "touch /home/app/script-ran"}}
                """.formatted(version));
        write(folder.resolve("tool.js"), "#!/usr/bin/env node\nconsole.log('" + version + "');\n");
        does(
                "tar",
                "-C",
                folder.getParent().toString(),
                "-czf",
                archive(version).toString(),
                "package");
    }

    // ---- git

    private static void git() throws IOException {
        does("rm", "-rf", REMOTE.toString(), WORKBENCH.toString());
        app("git", "init", "--quiet", "--bare", "--initial-branch=main", REMOTE.toString());
        app("git", "clone", "--quiet", REMOTE.toString(), WORKBENCH.toString());
        push("first");
        app("git", "-C", WORKBENCH.toString(), "tag", "v1");
        app("git", "-C", WORKBENCH.toString(), "push", "--quiet", "origin", "v1");
    }

    /** @return the commit */
    static String push(String text) throws IOException {
        Path file = WORKBENCH.resolve("text");
        Files.writeString(file, text + "\n");
        does("chown", "app:", file.toString());
        app("git", "-C", WORKBENCH.toString(), "add", "text");
        commit(WORKBENCH, text);
        app("git", "-C", WORKBENCH.toString(), "push", "--quiet", "origin", "HEAD:main");
        return head(WORKBENCH);
    }

    static void commit(Path clone, String message) {
        app("git", "-C", clone.toString(), "-c", "user.name=app", "-c", "user.email=app@lab", "commit", "-qm", message);
    }

    static String head(Path clone) {
        return app("git", "-C", clone.toString(), "rev-parse", "HEAD");
    }

    static String app(String... command) {
        Machine.Answer answer = asApp(command);
        assertThat(answer.exit())
                .as("%s said: %s", String.join(" ", command), answer.output())
                .isZero();
        return answer.line();
    }

    // ---- a flake whose shell is a derivation without nixpkgs

    static void flake(String word) throws IOException {
        write(FLAKE.resolve("flake.nix"), """
                {
                  outputs = _: {
                    devShells.x86_64-linux.lab = derivation {
                      name = "lab-shell";
                      system = "x86_64-linux";
                      builder = "/bin/bash";
                      outputs = [ "out" ];
                      LAB_WORD = "%s";
                    };
                  };
                }
                """.formatted(word));
        does("chown", "-R", "app:", FLAKE.toString());
    }

    // ---- a stand-in for the editor, with the options of the real one and its list where the real one has it

    private static void editor() throws IOException {
        write(EDITOR, """
                #!/bin/sh
                folder=$HOME/.vscode-oss/extensions
                mkdir -p "$folder"
                case $1 in
                --list-extensions)
                    for each in "$folder"/*@*; do [ -e "$each" ] && basename "$each"; done
                    exit 0 ;;
                --install-extension)
                    case $2 in
                    *@*) rm -f "$folder/${2%@*}@"*; : >"$folder/$2" ;;
                    *) : >"$folder/$2@1.2.3" ;;
                    esac ;;
                --uninstall-extension)
                    rm -f "$folder/$2@"* ;;
                *) exit 64 ;;
                esac
                date +%s.%N >"$folder/.new" && mv "$folder/.new" "$folder/extensions.json"
                """);
        Files.setPosixFilePermissions(EDITOR, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
}
