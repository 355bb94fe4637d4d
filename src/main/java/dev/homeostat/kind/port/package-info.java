/** Ports of this machine, whichever kind of resource wants them: that no two do, and that they are listened on. */
package dev.homeostat.kind.port;
