/** Python as a syntax tree, with the few questions that the checks ask of it. Tolerates any text. */
import { parser } from '@lezer/python';

export type Tree = ReturnType<typeof parser.parse>;
export type SyntaxNode = Tree['topNode'];

/**
 * The parser does not know all of Python (parenthesised `with` items, a bare `yield`, …) and recovers where it is lost;
 * so an error in its tree says nothing about the script, and Python itself has the word on syntax.
 */
export interface PythonSource {
  text: string;
  tree: Tree;
}

export function parsePython(text: string): PythonSource {
  return { text, tree: parser.parse(text) };
}

export function textOf(source: PythonSource, node: SyntaxNode): string {
  return source.text.slice(node.from, node.to);
}

export function children(node: SyntaxNode): SyntaxNode[] {
  const found: SyntaxNode[] = [];
  for (let child = node.firstChild; child; child = child.nextSibling) {
    if (child.name !== 'Comment') found.push(child);
  }
  return found;
}

/** Keyword arguments by name. The last of equal names stands. */
export function keywordArguments(
  source: PythonSource,
  argList: SyntaxNode,
): Map<string, { from: number; value: SyntaxNode }> {
  const found = new Map<string, { from: number; value: SyntaxNode }>();
  const items = children(argList);
  items.forEach((name, index) => {
    const value = items[index + 2];
    if (name.name !== 'VariableName' || items[index + 1]?.name !== 'AssignOp' || !value) return;
    if (!value.type.isError && value.name !== ')' && value.name !== ',')
      found.set(textOf(source, name), { from: name.from, value });
  });
  return found;
}

/** Text of a string literal without escapes, f-string parts or implicit joins; else undefined. */
export function stringLiteral(source: PythonSource, node: SyntaxNode): string | undefined {
  if (node.name !== 'String') return undefined;
  const match = /^[rRuU]?('''|"""|'|")([^\\]*)\1$/s.exec(textOf(source, node));
  return match?.[2];
}

/** A name, or what stands before the last dot and after it: `ray.remote` is `{ object: ray, property: 'remote' }`. */
export function member(
  source: PythonSource,
  node: SyntaxNode,
): { object: SyntaxNode; property: string } | null {
  if (node.name !== 'MemberExpression') return null;
  const [object, dot, property] = children(node);
  if (!object || dot?.name !== '.' || property?.name !== 'PropertyName') return null;
  return { object, property: textOf(source, property) };
}
