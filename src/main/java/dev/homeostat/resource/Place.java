package dev.homeostat.resource;

/**
 * Where in the declaration something is said.
 *
 * @param file path as given by the owner
 * @param line from 1; 0 when the whole file is meant
 * @param column from 1; 0 when the whole file is meant
 */
public record Place(String file, int line, int column) {
    public static final Place NOWHERE = new Place("", 0, 0);

    @Override
    public String toString() {
        return line == 0 ? file : file + ":" + line + ":" + column;
    }
}
