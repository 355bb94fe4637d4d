/** Systemd units as a kind of resource: what runs, what starts at boot, and unit files and drop-ins that are declared. */
package dev.homeostat.kind.service;
