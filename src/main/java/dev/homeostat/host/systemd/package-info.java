/** The door to systemd: managers over D-Bus, unit names, unit files. */
package dev.homeostat.host.systemd;
