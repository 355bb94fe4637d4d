package dev.homeostat.kind.repository;

import dev.homeostat.resource.Spec;
import java.nio.file.Path;
import java.time.Duration;

/**
 * A clone as it should be.
 *
 * @param every how often its remote is asked whether the branch moved
 */
public record RepositorySpec(Path path, String url, Ref ref, Duration every) implements Spec {}
