import assert from "node:assert/strict";
import test from "node:test";
import { fileURLToPath } from "node:url";

import { API } from "typescript/unstable/sync";
import { SyntaxKind } from "typescript/unstable/ast";

/** @import { Node, SourceFile } from "typescript/unstable/ast" */

const MOST_LINES = 40;
const FUNCTIONS = new Set([
  SyntaxKind.FunctionDeclaration,
  SyntaxKind.FunctionExpression,
  SyntaxKind.ArrowFunction,
  SyntaxKind.MethodDeclaration,
  SyntaxKind.Constructor,
  SyntaxKind.GetAccessor,
  SyntaxKind.SetAccessor,
]);

/** Every module below pages/ui, as the compiler reads it. @param {(file: SourceFile, name: string) => void} visit */
function everyModule(visit) {
  const api = new API();
  const config = fileURLToPath(new URL("tsconfig.json", import.meta.url));
  const [project] = api.updateSnapshot({ openProject: config }).getProjects();
  for (const name of project.program.getSourceFileNames()) {
    const file = name.includes("/pages/ui/") && project.program.getSourceFile(name);
    if (file) visit(file, name.split("/pages/ui/")[1]);
  }
  api.close();
}

/** Every function in a node. @param {Node} node @param {(node: Node) => void} visit */
function everyFunction(node, visit) {
  if (FUNCTIONS.has(node.kind)) visit(node);
  node.forEachChild((child) => everyFunction(child, visit));
}

/** The lines of a function's body, without those of its braces. @param {Node} node @param {SourceFile} file */
function linesOf(node, file) {
  const { body } = /** @type {{body?: Node}} */ (/** @type {unknown} */ (node));
  if (!body) return 0;
  const lines = file.text.slice(body.getStart(file), body.end).split("\n").length;
  return body.kind === SyntaxKind.Block ? lines - 2 : lines;
}

test("functions read in one glance", () => {
  /** @type {string[]} */
  const long = [];
  let count = 0;
  everyModule((file, name) => {
    everyFunction(file, (node) => {
      count++;
      const lines = linesOf(node, file);
      const line = file.text.slice(0, node.getStart(file)).split("\n").length;
      if (lines > MOST_LINES) long.push(`${name}:${line} has ${lines} lines`);
    });
  });
  assert.ok(count > 1000, "the modules were not found");
  assert.deepEqual(long, []);
});
