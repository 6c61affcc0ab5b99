/** Where a script defines its remote functions and actor classes, so that a task's name leads to its source. */
import {
  children,
  keywordArguments,
  parsePython,
  textOf,
  type PythonSource,
  type SyntaxNode,
} from './python';
import { isRemote, isRemoteDecorator, rayNames, type RayNames } from './rayNames';
import { lineAt } from './textLines';

export interface RemoteDefinition {
  /** As tasks are called: `decode`, `Trainer`, `Trainer.step`. */
  name: string;
  kind: 'task' | 'actor' | 'method';
  /** From 1: the line of its `def` or `class`. */
  line: number;
}

/** In the order of the file; empty for a script without Ray. Never throws. */
export function remoteDefinitions(text: string): RemoteDefinition[] {
  const source = parsePython(text);
  const names = rayNames(source);
  if (!names.firstImport) return [];
  const wrapped = wrappedNames(source, names);
  const lineOf = lineCounter(text);
  const found: RemoteDefinition[] = [];
  source.tree.iterate({
    enter(node) {
      if (node.name !== 'FunctionDefinition' && node.name !== 'ClassDefinition') return;
      const definition = node.node;
      const name = nameOf(source, definition);
      if (name === null) return;
      const isWrapped = wrapped.has(name) && !isMethod(definition);
      if (!isWrapped && !isDecorated(source, names, definition)) return;
      found.push(...describe(source, definition, name, lineOf));
    },
  });
  return found;
}

/** Names in `ray.remote(f)` and `ray.remote(num_cpus=2)(f)`. */
function wrappedNames(source: PythonSource, names: RayNames): Set<string> {
  const wrapped = new Set<string>();
  source.tree.iterate({
    enter(node) {
      if (node.name !== 'CallExpression') return;
      const [callee, argList] = children(node.node);
      if (callee && argList && makesRemote(source, names, callee)) {
        const [, argument] = children(argList);
        if (argument?.name === 'VariableName' && keywordArguments(source, argList).size === 0)
          wrapped.add(textOf(source, argument));
      }
    },
  });
  return wrapped;
}

function makesRemote(source: PythonSource, names: RayNames, callee: SyntaxNode): boolean {
  const [inner] = callee.name === 'CallExpression' ? children(callee) : [callee];
  return inner !== undefined && isRemote(source, names, inner);
}

function isMethod(definition: SyntaxNode): boolean {
  const statement = definition.parent?.name === 'DecoratedStatement' ? definition.parent : definition;
  return statement.parent?.name === 'Body' && statement.parent.parent?.name === 'ClassDefinition';
}

function isDecorated(source: PythonSource, names: RayNames, definition: SyntaxNode): boolean {
  const statement = definition.parent;
  if (statement?.name !== 'DecoratedStatement') return false;
  return statement.getChildren('Decorator').some((decorator) => isRemoteDecorator(source, names, decorator));
}

function describe(
  source: PythonSource,
  definition: SyntaxNode,
  name: string,
  lineOf: (offset: number) => number,
): RemoteDefinition[] {
  const line = lineOf(definition.from);
  if (definition.name === 'FunctionDefinition') return [{ name, kind: 'task', line }];
  const body = definition.getChild('Body');
  const methods = (body ? children(body) : []).flatMap((statement): RemoteDefinition[] => {
    const method =
      statement.name === 'DecoratedStatement' ? statement.getChild('FunctionDefinition') : statement;
    const methodName = method?.name === 'FunctionDefinition' ? nameOf(source, method) : null;
    if (!method || methodName === null) return [];
    return [{ name: `${name}.${methodName}`, kind: 'method', line: lineOf(method.from) }];
  });
  return [{ name, kind: 'actor', line }, ...methods];
}

function nameOf(source: PythonSource, definition: SyntaxNode): string | null {
  const name = definition.getChild('VariableName');
  return name && textOf(source, name);
}

/** Lines as Python and editors count them. */
function lineCounter(text: string): (offset: number) => number {
  const starts = [0];
  for (const lineEnd of text.matchAll(/\r\n|\n|\r/g)) starts.push(lineEnd.index + lineEnd[0].length);
  return (offset) => lineAt(starts, offset) + 1;
}
