/** A first machine.yaml: from what the machine is, or from what the predecessor was told. Text is made here, nothing is changed. */
package dev.homeostat.control.console.first;
