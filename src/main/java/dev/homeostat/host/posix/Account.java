package dev.homeostat.host.posix;

import java.nio.file.Path;

/** A user of the machine, as the name service knows it. */
public record Account(String name, int uid, int gid, Path home) {}
