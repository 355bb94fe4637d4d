#!/usr/bin/env node
// A server of the Model Context Protocol over standard input and output. Standard output is the protocol's alone: whatever
// is to be logged goes to standard error.
import { readdir, readFile, realpath } from "node:fs/promises";
import path from "node:path";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { z } from "zod";

/** What a client takes in at once; longer files are cut, and that is said. */
const LIMIT_CHARACTERS = 40_000;

/** The folder that is served: the first argument, or the one it is started in. Nothing outside of it is read. */
const root = await realpath(process.argv[2] ?? ".");

const server = new McpServer({ name: "example-server", version: "0.1.0" });

async function inside(name: string): Promise<string> {
  const found = await realpath(path.join(root, name)); // also where links lead
  if (found !== root && !found.startsWith(root + path.sep)) {
    throw new Error(`${name} is outside of ${root}`);
  }
  return found;
}

server.registerTool(
  "list_files",
  {
    title: "List a folder",
    description: "Names in a folder of what is served.",
    inputSchema: { folder: z.string().max(1000).default(".").describe("Relative to what is served") },
    annotations: { readOnlyHint: true, openWorldHint: false },
  },
  async ({ folder }) => {
    const entries = await readdir(await inside(folder), { withFileTypes: true });
    const names = entries.map((entry) => entry.name + (entry.isDirectory() ? "/" : "")).sort();
    return { content: [{ type: "text", text: names.join("\n") }] };
  },
);

server.registerTool(
  "read_file",
  {
    title: "Read a file",
    description: "The text of a file of what is served.",
    inputSchema: { file: z.string().min(1).max(1000).describe("Relative to what is served") },
    annotations: { readOnlyHint: true, openWorldHint: false },
  },
  async ({ file }) => {
    const text = await readFile(await inside(file), "utf8");
    const cut = text.length > LIMIT_CHARACTERS ? `\n… (${text.length - LIMIT_CHARACTERS} more characters)` : "";
    return { content: [{ type: "text", text: text.slice(0, LIMIT_CHARACTERS) + cut }] };
  },
);

await server.connect(new StdioServerTransport());
console.error(`example-server serves ${root}`);
