package dev.homeostat.host.storage;

import java.nio.file.Path;

/**
 * An overlay of Podman's that is still mounted although nothing runs in it.
 *
 * @param path where it is mounted
 * @param why it counts as left over, a sentence
 * @param remedy a command
 */
public record StaleMount(Path path, String why, String remedy) {}
