/** The door to Nix: store, profiles, builds, and the activation of what was built. It decides nothing. */
package dev.homeostat.host.nix;
