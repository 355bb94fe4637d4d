package dev.homeostat.host.podman;

import java.util.Map;

/** A volume as podman lists it. */
public record Volume(String name, String driver, Map<String, String> labels) {}
