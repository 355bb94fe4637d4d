package dev.homeostat.host.ports;

import dev.homeostat.resource.HostPort;

/**
 * A socket that is listened on, or that takes datagrams.
 *
 * @param inode by which the processes that have it open are found
 * @param uid of the user who made it
 */
public record Listener(HostPort port, long inode, int uid) {}
