/** Networks of containers. */
package dev.homeostat.kind.network;
