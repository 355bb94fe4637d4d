/** Git repositories that are cloned and kept at a ref, and whose local work nobody touches. */
package dev.homeostat.kind.repository;
