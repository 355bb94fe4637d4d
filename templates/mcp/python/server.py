#!/usr/bin/env python3
"""A server of the Model Context Protocol over standard input and output.

Standard output is the protocol's alone: whatever is to be logged goes to standard error.
"""

import sys
from pathlib import Path

from mcp.server.fastmcp import FastMCP
from mcp.types import ToolAnnotations

# What a client takes in at once; longer files are cut, and that is said.
LIMIT_CHARACTERS = 40_000

# The folder that is served: the first argument, or the one it is started in. Nothing outside of it is read.
ROOT = Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()

READS = ToolAnnotations(readOnlyHint=True, openWorldHint=False)

server = FastMCP("example-server")


def inside(name: str) -> Path:
    found = (ROOT / name).resolve()  # also where links lead
    if not found.is_relative_to(ROOT):
        raise ValueError(f"{name} is outside of {ROOT}")
    return found


@server.tool(title="List a folder", annotations=READS)
def list_files(folder: str = ".") -> str:
    """Names in a folder of what is served."""
    entries = sorted(inside(folder).iterdir())
    return "\n".join(entry.name + ("/" if entry.is_dir() else "") for entry in entries)


@server.tool(title="Read a file", annotations=READS)
def read_file(file: str) -> str:
    """The text of a file of what is served."""
    text = inside(file).read_text(encoding="utf-8", errors="replace")
    rest = len(text) - LIMIT_CHARACTERS
    return text[:LIMIT_CHARACTERS] + (f"\n… ({rest} more characters)" if rest > 0 else "")


if __name__ == "__main__":
    print(f"example-server serves {ROOT}", file=sys.stderr)
    server.run()
