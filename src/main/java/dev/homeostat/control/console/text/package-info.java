/** How values of the loop look to people. Pure: values in, lines out. */
package dev.homeostat.control.console.text;
