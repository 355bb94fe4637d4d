/** The door to Nix: store, profiles, builds, and the activation of what was built. It decides nothing. Needs Nix 2.20 or later. */
package dev.homeostat.host.nix;
