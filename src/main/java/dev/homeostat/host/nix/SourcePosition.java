package dev.homeostat.host.nix;

/**
 * A place in a Nix file that Nix named.
 *
 * @param file path, in the store if it belongs to a flake; {@code «string»} for what stood in an argument
 * @param line from 1
 * @param column from 1
 */
public record SourcePosition(String file, int line, int column) {
    @Override
    public String toString() {
        return file + ":" + line + ":" + column;
    }
}
