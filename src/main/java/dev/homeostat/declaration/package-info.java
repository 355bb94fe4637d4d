/** machine.yaml and machine.d: from text to a typed, validated declaration, every problem with its place. */
package dev.homeostat.declaration;
