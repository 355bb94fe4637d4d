/** What this machine is: looked at afresh each time, from the kernel's and the distribution's own files. */
package dev.homeostat.host.facts;
