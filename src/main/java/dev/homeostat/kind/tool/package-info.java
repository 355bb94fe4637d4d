/** Tools that some program installs by name: Flatpaks and their remotes, npm packages, editor extensions. */
package dev.homeostat.kind.tool;
