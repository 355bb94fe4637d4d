/** The control socket: HTTP on a Unix socket, who may do what, and the console that renders for the client. */
package dev.homeostat.control;
