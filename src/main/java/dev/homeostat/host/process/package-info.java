/** The one way of running programs. */
package dev.homeostat.host.process;
