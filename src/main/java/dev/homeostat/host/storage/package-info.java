/** Where containers and systems are kept: file systems, Podman's storage, mounts, ranges of ids. Mends nothing. */
package dev.homeostat.host.storage;
