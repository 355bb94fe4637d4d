/** Who is at the other end of the control socket, and what they may do. */
package dev.homeostat.control.access;
