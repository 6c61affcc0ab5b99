/** Under which names a script knows Ray. */
import { children, member, textOf, type PythonSource, type SyntaxNode } from './python';

export interface RayNames {
  /** Names of the module: `ray`, or `r` after `import ray as r`. */
  modules: Set<string>;
  /** Names of `ray.remote` itself. */
  remotes: Set<string>;
  /** The first import of anything of Ray's. */
  firstImport: SyntaxNode | null;
}

export function rayNames(source: PythonSource): RayNames {
  const names: RayNames = { modules: new Set(), remotes: new Set(), firstImport: null };
  source.tree.iterate({
    enter(node) {
      if (node.name !== 'ImportStatement') return;
      if (readImport(source, names, node.node)) names.firstImport ??= node.node;
      return false;
    },
  });
  return names;
}

/** Whether the expression is Ray's `remote`. */
export function isRemote(source: PythonSource, names: RayNames, node: SyntaxNode): boolean {
  if (node.name === 'VariableName') return names.remotes.has(textOf(source, node));
  const parts = member(source, node);
  return parts?.property === 'remote' && isModule(source, names, parts.object);
}

/** Whether a decorator is Ray's `remote`, with or without arguments. */
export function isRemoteDecorator(source: PythonSource, names: RayNames, decorator: SyntaxNode): boolean {
  const argList = decorator.getChild('ArgList');
  const name = source.text
    .slice(decorator.from + 1, argList?.from ?? decorator.to)
    .replace(/[\s\\]|#.*/g, '');
  if (names.remotes.has(name)) return true;
  const [module, property, ...rest] = name.split('.');
  return property === 'remote' && rest.length === 0 && names.modules.has(module ?? '');
}

function isModule(source: PythonSource, names: RayNames, node: SyntaxNode): boolean {
  return node.name === 'VariableName' && names.modules.has(textOf(source, node));
}

/** Adds what one statement imports; true when some of it is Ray's. */
function readImport(source: PythonSource, names: RayNames, statement: SyntaxNode): boolean {
  const words = children(statement).map((node) => textOf(source, node));
  const at = words.indexOf('import');
  if (at < 0) return false;
  const imported = words.slice(at + 1).filter((word) => word !== '(' && word !== ')');
  const items = split(imported);
  if (words[0] === 'from') {
    const from = words.slice(1, at).join('');
    if (from === 'ray') {
      for (const item of items) if (item.name === 'remote') names.remotes.add(item.alias ?? 'remote');
    }
    return from === 'ray' || from.startsWith('ray.');
  }
  const ours = items.filter(({ name }) => name === 'ray' || name.startsWith('ray.'));
  for (const { name, alias } of ours) {
    if (alias === null) names.modules.add('ray');
    else if (name === 'ray') names.modules.add(alias);
  }
  return ours.length > 0;
}

function split(words: string[]): { name: string; alias: string | null }[] {
  const items = words.join(' ').split(',');
  return items.map((item) => {
    const [name = '', alias] = item.trim().split(' as ');
    return { name: name.replaceAll(' ', ''), alias: alias?.trim() ?? null };
  });
}
