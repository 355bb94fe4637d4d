package dev.homeostat.kind.generation;

import dev.homeostat.kind.generation.settings.MachineFacts;
import dev.homeostat.resource.Trouble;

interface Facts {
    MachineFacts look() throws Trouble;
}
