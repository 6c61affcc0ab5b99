/** Works out numbers that a script writes down: literals, arithmetic on them, and constants of the module. */
import { children, textOf, type PythonSource, type SyntaxNode } from './python';

/** Deeper arithmetic, or longer chains of constants, are not followed. */
const deepest = 20;

/** Asked only for what a request uses; looks at the module's names on the first name that it meets. */
export class Constants {
  private names: Map<string, SyntaxNode> | null = null;

  constructor(private readonly source: PythonSource) {}

  /** Undefined for everything that only running the script can tell. */
  number(node: SyntaxNode, depth = 0): number | undefined {
    if (depth > deepest) return undefined;
    switch (node.name) {
      case 'Number':
        return finite(Number(textOf(this.source, node).replaceAll('_', '')));
      case 'VariableName': {
        this.names ??= moduleConstants(this.source);
        const value = this.names.get(textOf(this.source, node));
        return value && this.number(value, depth + 1);
      }
      case 'ParenthesizedExpression':
      case 'UnaryExpression':
      case 'BinaryExpression':
        return this.arithmetic(children(node), depth + 1);
      default:
        return undefined;
    }
  }

  private arithmetic(parts: SyntaxNode[], depth: number): number | undefined {
    const [first, second, third] = parts;
    if (!first || !second || parts.length > 3) return undefined;
    if (parts.length === 2) {
      const operand = this.number(second, depth);
      const sign = textOf(this.source, first);
      if (operand === undefined || (sign !== '-' && sign !== '+')) return undefined;
      return sign === '-' ? -operand : operand;
    }
    if (first.name === '(') return third?.name === ')' ? this.number(second, depth) : undefined;
    const left = this.number(first, depth);
    const right = third && this.number(third, depth);
    if (left === undefined || right === undefined) return undefined;
    return finite(apply(textOf(this.source, second), left, right));
  }
}

function finite(value: number): number | undefined {
  return Number.isFinite(value) ? value : undefined;
}

function apply(operator: string, left: number, right: number): number {
  switch (operator) {
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    case '/':
      return left / right;
    case '//':
      return Math.floor(left / right);
    case '%':
      return left - right * Math.floor(left / right);
    case '**':
      return left ** right;
    default:
      return NaN;
  }
}

/** Names that the module binds to one expression, at its top level, and that nothing anywhere in the file binds again. */
function moduleConstants(source: PythonSource): Map<string, SyntaxNode> {
  const values = new Map<string, SyntaxNode>();
  for (const statement of children(source.tree.topNode)) {
    if (statement.name !== 'AssignStatement') continue;
    const parts = children(statement).filter((part) => part.name !== 'TypeDef');
    const [name, operator, value] = parts;
    if (parts.length !== 3 || name?.name !== 'VariableName' || operator?.name !== 'AssignOp' || !value)
      continue;
    values.set(textOf(source, name), value);
  }
  const seen = new Set<string>();
  source.tree.iterate({
    enter(node) {
      if (node.name !== 'VariableName') return;
      const name = source.text.slice(node.from, node.to);
      if (!values.has(name) || !isBinding(node.node)) return;
      if (seen.has(name)) values.delete(name);
      seen.add(name);
    },
  });
  return values;
}

/** What groups names on the left of an assignment. */
const patterns = new Set(['TupleExpression', 'ArrayExpression', 'ParenthesizedExpression']);

/** Whether a name is given a value here rather than read. */
function isBinding(name: SyntaxNode): boolean {
  let node = name;
  while (node.parent && patterns.has(node.parent.name)) node = node.parent;
  const before = node.prevSibling?.name;
  switch (node.parent?.name) {
    case 'AssignStatement':
      return hasLater(node, 'AssignOp');
    case 'NamedExpression':
    case 'UpdateStatement':
      return before === undefined;
    case 'ForStatement':
    case 'ComprehensionExpression':
    case 'ArrayComprehensionExpression':
    case 'SetComprehensionExpression':
    case 'DictionaryComprehensionExpression':
      return follows(node, 'for');
    case 'ParamList':
      return before !== 'AssignOp';
    case 'WithStatement':
    case 'TryStatement':
      return before === 'as';
    case 'FunctionDefinition':
    case 'ClassDefinition':
      return before === 'def' || before === 'class';
    case 'ImportStatement':
    case 'ScopeStatement':
    case 'DeleteStatement':
    case 'CapturePattern':
    case 'AsPattern':
    case 'StarPattern':
    case 'MappingPattern':
    case 'TypeParam':
      return true;
    default:
      return false;
  }
}

function hasLater(node: SyntaxNode, name: string): boolean {
  for (let next = node.nextSibling; next; next = next.nextSibling) if (next.name === name) return true;
  return false;
}

/** Whether the last keyword before the node is this one. */
function follows(node: SyntaxNode, keyword: string): boolean {
  for (let before = node.prevSibling; before; before = before.prevSibling) {
    if (/^[a-z]+$/.test(before.name)) return before.name === keyword;
  }
  return false;
}
