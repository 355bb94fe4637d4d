/** The command line: parsed and rendered here, so that the client only has to print. One class for each command. */
package dev.homeostat.control.console;
