package dev.homeostat.control.console;

/** How a command answers: {@code -o}. */
enum Format {
    table,
    json,
    yaml
}
