/** How the Unix socket is had: inherited from systemd or bound here, and with which mode. */
package dev.homeostat.control.socket;
