"""TypeScript, by the Node.js of JavaScript: it removes the types, and runs what is left."""

from dataclasses import replace

from ...limits import MiB
from ..javascript import LANGUAGE as JAVASCRIPT

LANGUAGE = replace(
    JAVASCRIPT,
    slug="typescript",
    label="TypeScript",
    runtime_of="javascript",
    source="script.ts",
    suffixes=(".ts", ".mts", ".cts"),
    command=(*JAVASCRIPT.command[:-1], "/app/script.ts"),
    # The parser that removes the types is loaded while the sandbox waits.
    waiting_bytes=28 * MiB,
    least_memory_bytes=48 * MiB,  # Hello World takes 21.7 MiB
    idle_share=0.5,  # a waiting sandbox takes twice the memory of JavaScript's
    hello="""\
function greet(name: string): string {
  return `Hello ${name}`;
}

console.log(greet("World"));
""",
    note="Types are removed, not checked; enum, namespace and decorators are refused.",
    editor_mode="typescript",
)
