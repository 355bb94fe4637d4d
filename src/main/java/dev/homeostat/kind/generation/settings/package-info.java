/**
 * What the owner may say about the generated system ({@code host}, {@code user}, {@code build}, {@code nixos}, {@code home},
 * {@code devShells}, {@code python}, {@code secrets}), and machine.json, which the static Nix files of templates/ read.
 */
package dev.homeostat.kind.generation.settings;
