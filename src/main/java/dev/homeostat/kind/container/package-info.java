/** Containers: kept as Quadlet files and systemd units, so that they run without us, and looked at through podman. */
package dev.homeostat.kind.container;
