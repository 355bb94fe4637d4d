package dev.homeostat.control.access;

/** The process at the other end, as the kernel knew it when it connected (SO_PEERCRED). No header can change it. */
public record Peer(int uid, int gid, int pid) {}
