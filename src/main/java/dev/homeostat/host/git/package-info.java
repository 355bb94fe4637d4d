/** Git repositories elsewhere, by the program git: fetched into a mirror, judged by who signed. */
package dev.homeostat.host.git;
