/** Who listens on which port of this machine, as the kernel knows it. */
package dev.homeostat.host.ports;
