/** Where "Run on cluster" stands in a script. */
import type { TextRange } from '../model/script';
import type { MetadataBlock } from './metadata';
import { children, stringLiteral, textOf, type PythonSource, type SyntaxNode } from './python';
import type { RayNames } from './rayNames';
import type { TextLines } from './textLines';

/** The `__main__` guard, else the metadata block's first line, else the first use of Ray; null when there is none. */
export function findEntryPoint(
  lines: TextLines,
  source: PythonSource,
  names: RayNames,
  block: MetadataBlock | null,
): TextRange | null {
  const guard = mainGuard(source);
  if (guard) return lines.range(guard.from, guard.to);
  if (block) return lines.wholeLine(block.openLine);
  const use = firstUse(source, names) ?? names.firstImport;
  return use && lines.range(use.from, use.to);
}

/** From `if` to the end of its condition. */
function mainGuard(source: PythonSource): { from: number; to: number } | null {
  for (const statement of children(source.tree.topNode)) {
    if (statement.name !== 'IfStatement') continue;
    const [, condition] = children(statement);
    if (condition && asksForMain(source, condition)) return { from: statement.from, to: condition.to };
  }
  return null;
}

function asksForMain(source: PythonSource, condition: SyntaxNode): boolean {
  const inner = condition.name === 'ParenthesizedExpression' ? children(condition)[1] : condition;
  if (inner?.name !== 'BinaryExpression') return false;
  const [left, operator, right] = children(inner);
  if (!left || !right || !operator || textOf(source, operator) !== '==') return false;
  const isName = (node: SyntaxNode) => textOf(source, node) === '__name__';
  const isMain = (node: SyntaxNode) => stringLiteral(source, node) === '__main__';
  return (isName(left) && isMain(right)) || (isMain(left) && isName(right));
}

function firstUse(source: PythonSource, names: RayNames): { from: number; to: number } | null {
  let use: { from: number; to: number } | null = null;
  source.tree.iterate({
    enter(node) {
      if (use || node.name === 'ImportStatement') return false;
      if (node.name !== 'VariableName') return;
      const name = source.text.slice(node.from, node.to);
      if (names.modules.has(name) || names.remotes.has(name)) use = { from: node.from, to: node.to };
      return false;
    },
  });
  return use;
}
