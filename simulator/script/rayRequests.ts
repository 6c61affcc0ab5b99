/** What a script asks Ray for: the resources in `@ray.remote(...)`, `ray.remote(...)(f)` and `.options(...)`. */
import { Constants } from './constants';
import { isLabelKey, isReservedLabel, parseSelector, type LabelCondition } from './labelSyntax';
import {
  children,
  keywordArguments,
  member,
  stringLiteral,
  textOf,
  type PythonSource,
  type SyntaxNode,
} from './python';
import { ownResources } from './nodeGroups';
import { isRemote, isRemoteDecorator, type RayNames } from './rayNames';

/** One thing that a node must have. Offsets are those of the argument, or of its item in a dictionary. */
export type Need = AmountNeed | ResourceNeed | LabelNeed;

interface Written {
  from: number;
  to: number;
  /** Whether it is written here rather than at the function's definition. */
  own: boolean;
}

export interface AmountNeed extends Written {
  kind: 'CPU' | 'GPU' | 'memory';
  /** Bytes for memory. */
  amount: number;
}

export interface ResourceNeed extends Written {
  kind: 'resource';
  name: string;
  amount: number;
}

export interface LabelNeed extends Written {
  kind: 'label';
  name: string;
  condition: LabelCondition;
}

/** All that one node must have at the same time. */
export interface RayRequest {
  needs: Need[];
}

/** Arguments of Ray's and the needs read from each (none when only running it can tell). */
type Options = Map<string, Need[]>;

/** Ray Data's operators take the same arguments, by the same names. */
const dataOperators = new Set(['map', 'map_batches', 'flat_map', 'filter']);

/** In the order of the file. */
export function readRequests(source: PythonSource, names: RayNames): RayRequest[] {
  const reader = new RequestReader(source, names);
  // A function may stand below the one that calls it, so definitions come first.
  source.tree.iterate({
    enter(node) {
      if (node.name === 'DecoratedStatement') reader.decorated(node.node);
      else if (node.name === 'AssignStatement') reader.assigned(node.node);
    },
  });
  source.tree.iterate({
    enter(node) {
      if (node.name === 'Decorator') reader.decorator(node.node);
      else if (node.name === 'CallExpression') reader.called(node.node);
    },
  });
  return reader.requests;
}

class RequestReader {
  readonly requests: RayRequest[] = [];
  private readonly constants: Constants;
  /** Options of each remote function or class; null for a name with two definitions. */
  private readonly definitions = new Map<string, Options | null>();

  constructor(
    private readonly source: PythonSource,
    private readonly names: RayNames,
  ) {
    this.constants = new Constants(source);
  }

  decorated(statement: SyntaxNode): void {
    const parts = children(statement);
    const name = parts.at(-1)?.getChild('VariableName');
    const decorator = parts.find((part) => this.isRemoteDecorator(part));
    const argList = decorator?.getChild('ArgList');
    if (name && decorator)
      this.define(textOf(this.source, name), argList ? this.options(argList) : new Map());
  }

  decorator(decorator: SyntaxNode): void {
    const argList = decorator.getChild('ArgList');
    if (argList && this.isRemoteDecorator(decorator)) this.request(new Map(), this.options(argList));
  }

  /** `g = ray.remote(num_cpus=2)(f)` makes `g` known, so that `g.options(...)` adds to it. */
  assigned(statement: SyntaxNode): void {
    const [name, , value] = children(statement);
    if (name?.name !== 'VariableName' || value?.name !== 'CallExpression') return;
    const [callee] = children(value);
    if (!callee) return;
    if (isRemote(this.source, this.names, callee)) this.define(textOf(this.source, name), new Map());
    const argList = this.remoteArguments(callee);
    if (argList) this.define(textOf(this.source, name), this.options(argList));
  }

  called(call: SyntaxNode): void {
    const [callee, argList] = children(call);
    if (!callee || argList?.name !== 'ArgList') return;
    if (isRemote(this.source, this.names, callee)) return this.request(new Map(), this.options(argList));
    const parts = member(this.source, callee);
    if (!parts) return;
    if (parts.property === 'options') this.optionsCall(call, parts.object, argList);
    else if (dataOperators.has(parts.property)) this.request(new Map(), this.options(argList));
  }

  private optionsCall(call: SyntaxNode, object: SyntaxNode, argList: SyntaxNode): void {
    const options = this.options(argList);
    const base = this.base(object);
    const next = call.parent && member(this.source, call.parent)?.property;
    const isRay =
      base !== undefined ||
      next === 'remote' ||
      next === 'bind' ||
      options.has('num_gpus') ||
      options.has('num_cpus');
    if (isRay) this.request(base ?? new Map(), options);
  }

  private isRemoteDecorator(node: SyntaxNode): boolean {
    return node.name === 'Decorator' && isRemoteDecorator(this.source, this.names, node);
  }

  /** Undefined for what is no remote function of this file. */
  private base(object: SyntaxNode): Options | undefined {
    if (object.name === 'VariableName') {
      const known = this.definitions.get(textOf(this.source, object));
      return known === null ? new Map() : known;
    }
    const [callee] = object.name === 'CallExpression' ? children(object) : [];
    if (!callee) return undefined;
    if (isRemote(this.source, this.names, callee)) return new Map();
    const argList = this.remoteArguments(callee);
    return argList && this.options(argList);
  }

  /** The arguments of `ray.remote(...)` when the node is that call. */
  private remoteArguments(node: SyntaxNode): SyntaxNode | undefined {
    const [callee, argList] = node.name === 'CallExpression' ? children(node) : [];
    if (!callee || argList?.name !== 'ArgList') return undefined;
    return isRemote(this.source, this.names, callee) ? argList : undefined;
  }

  private define(name: string, options: Options): void {
    this.definitions.set(name, this.definitions.has(name) ? null : options);
  }

  /** As Ray does it, an argument given here replaces the definition's as a whole. */
  private request(base: Options, own: Options): void {
    const needs: Need[] = [];
    for (const [name, inherited] of base) {
      if (!own.has(name)) needs.push(...inherited.map((need) => ({ ...need, own: false })));
    }
    for (const written of own.values()) needs.push(...written);
    if (needs.some((need) => need.own)) this.requests.push({ needs });
  }

  private options(argList: SyntaxNode): Options {
    const options: Options = new Map();
    for (const [name, { from, value }] of keywordArguments(this.source, argList)) {
      const needs = this.needs(name, from, value);
      if (needs) options.set(name, needs);
    }
    return options;
  }

  /** Undefined for an argument that asks for nothing. */
  private needs(argument: string, from: number, value: SyntaxNode): Need[] | undefined {
    switch (argument) {
      case 'num_cpus':
        return this.amount('CPU', from, value);
      case 'num_gpus':
        return this.amount('GPU', from, value);
      case 'memory':
        return this.amount('memory', from, value);
      case 'resources':
        return this.items(value).flatMap(({ name, from: start, value: item }) =>
          this.resource(name, start, item),
        );
      case 'label_selector':
        return this.items(value).flatMap(({ name, from: start, value: item }) =>
          this.label(name, start, item),
        );
      default:
        return undefined;
    }
  }

  private amount(kind: 'CPU' | 'GPU' | 'memory', from: number, value: SyntaxNode): Need[] {
    const amount = this.constants.number(value);
    return amount !== undefined && amount > 0 ? [{ kind, amount, from, to: value.to, own: true }] : [];
  }

  /** Ray makes `node:…` resources itself, and refuses its own names here. */
  private resource(name: string, from: number, value: SyntaxNode): Need[] {
    const amount = this.constants.number(value);
    if (amount === undefined || amount <= 0 || name.startsWith('node:') || Object.hasOwn(ownResources, name))
      return [];
    return [{ kind: 'resource', name, amount, from, to: value.to, own: true }];
  }

  private label(name: string, from: number, value: SyntaxNode): Need[] {
    const text = stringLiteral(this.source, value);
    const condition = text === undefined ? null : parseSelector(text);
    if (text === undefined || !condition || !isLabelKey(name) || isReservedLabel(name)) return [];
    return [{ kind: 'label', name, condition, from, to: value.to, own: true }];
  }

  /** The items of a dictionary display whose keys are plain strings. */
  private items(dictionary: SyntaxNode): { name: string; from: number; value: SyntaxNode }[] {
    if (dictionary.name !== 'DictionaryExpression') return [];
    const parts = children(dictionary);
    return parts.flatMap((key, index) => {
      const value = parts[index + 2];
      const name = stringLiteral(this.source, key);
      if (name === undefined || parts[index + 1]?.name !== ':' || !value) return [];
      return [{ name, from: key.from, value }];
    });
  }
}
