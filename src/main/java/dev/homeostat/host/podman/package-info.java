/** The door to Podman: libpod's REST API on its Unix socket, and the folders of Quadlet files. */
package dev.homeostat.host.podman;
