/** Files, folders and symbolic links. */
package dev.homeostat.kind.file;
