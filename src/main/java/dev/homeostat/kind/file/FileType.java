package dev.homeostat.kind.file;

import com.fasterxml.jackson.annotation.JsonProperty;

/** What should be at a path. */
public enum FileType {
    @JsonProperty("file")
    FILE,
    @JsonProperty("folder")
    FOLDER,
    @JsonProperty("link")
    LINK,
    @JsonProperty("absent")
    ABSENT
}
