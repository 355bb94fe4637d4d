package dev.homeostat.kind.catalog;

import dev.homeostat.resource.Spec;
import java.nio.file.Path;

/**
 * A password that is made once and then stays. What it is stands in its file and nowhere else.
 *
 * @param file absolute; an environment file with that one variable
 * @param retired it has left the declaration: it stays, because what was locked with it stays too
 */
public record SecretSpec(Path file, String variable, boolean retired) implements Spec {}
