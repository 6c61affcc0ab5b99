/** Reads a metadata block as a whole: PEP 723's own keys and `[tool.heliostat]`. */
import type { ScriptDiagnostic, ScriptSpec } from '../model/script';
import { problem, replace, warning } from './diagnostics';
import { didYouMean } from './didYouMean';
import { checkFaultNodes, readFaults, type WrittenFault } from './faultList';
import type { MetadataBlock } from './metadata';
import { readNetwork } from './networkShape';
import { groupKeys, readNodeGroups, type WrittenGroup } from './nodeGroups';
import { checkRequirement, checkSpecifiers, type Verdict } from './requirementSyntax';
import {
  readString,
  readStrings,
  readStringTable,
  readTable,
  renameKey,
  unknownKey,
  type Sink,
} from './tomlRead';
import { readToml, type TomlEntry, type TomlTable, type TomlValue } from './tomlTree';

export interface Annotation {
  /** What could be read, errors or not. */
  spec: ScriptSpec;
  diagnostics: ScriptDiagnostic[];
  /** Whether there is a `[tool.heliostat]`. */
  isOurs: boolean;
  root: TomlTable;
  groups: WrittenGroup[];
  faults: WrittenFault[];
  /** Whether `groups` is all that the script wants: nothing about the cluster was unreadable. */
  clusterKnown: boolean;
}

const toolKeys = [
  'args',
  'env',
  'working-dir',
  'nodes',
  'faults',
  'network',
  'image',
  'dockerfile',
  'keep-arguments',
];
const toolAliases: Record<string, string> = {
  arguments: 'args',
  argv: 'args',
  'env-vars': 'env',
  environment: 'env',
  cwd: 'working-dir',
  'working-directory': 'working-dir',
  'work-dir': 'working-dir',
  groups: 'nodes',
  'docker-image': 'image',
  container: 'image',
  'docker-file': 'dockerfile',
  containerfile: 'dockerfile',
};

export function readAnnotation(block: MetadataBlock): Annotation {
  const { root, diagnostics } = readToml(block);
  const annotation: Annotation = {
    spec: { nodes: [] },
    diagnostics,
    isOurs: false,
    root,
    groups: [],
    faults: [],
    clusterKnown: diagnostics.length === 0,
  };
  for (const entry of root.entries.values()) readTopLevel(annotation, entry, block);
  // The nodes may be written after the faults that name them.
  const faults = checkFaultNodes(annotation.faults, annotation.spec.nodes, diagnostics);
  if (faults.length > 0) annotation.spec.faults = faults;
  return annotation;
}

function readTopLevel(annotation: Annotation, entry: TomlEntry, block: MetadataBlock): void {
  const { spec, diagnostics } = annotation;
  switch (entry.key) {
    case 'requires-python': {
      const text = readString('`requires-python`', entry.value, diagnostics);
      if (text === undefined) return;
      const wanted = 'is not a version range such as ">=3.10"';
      if (verify(text, checkSpecifiers(text), wanted, entry.value, diagnostics)) spec.requiresPython = text;
      return;
    }
    case 'dependencies': {
      const dependencies = readDependencies(entry.value, diagnostics);
      if (dependencies) spec.dependencies = dependencies;
      return;
    }
    case 'tool': {
      const tools = readTable('`tool`', entry.value, diagnostics);
      for (const tool of tools?.entries.values() ?? []) readTool(annotation, tool, block);
      return;
    }
    default:
      diagnostics.push(unknownTopLevel(entry));
  }
}

function readDependencies(value: TomlValue, sink: Sink): string[] | undefined {
  const texts = readStrings('`dependencies`', value, sink);
  if (!texts || value.kind !== 'array') return texts;
  return value.elements.flatMap((element) => {
    if (element.kind !== 'string') return [];
    const text = String(element.value);
    const wanted = 'is not a requirement such as "numpy>=2"';
    return verify(text, checkRequirement(text), wanted, element, sink) ? [text] : [];
  });
}

function verify(text: string, verdict: Verdict, wanted: string, value: TomlValue, sink: Sink): boolean {
  if (verdict.ok) return true;
  const quoted = JSON.stringify(verdict.suggestion);
  const fixes = verdict.suggestion === null ? [] : [replace(`Write ${quoted}`, value.range, quoted)];
  sink.push(problem('requirement', `"${text}" ${wanted}.`, value.range, fixes));
  return false;
}

function readTool(annotation: Annotation, tool: TomlEntry, block: MetadataBlock): void {
  if (tool.key !== 'heliostat') {
    const near = didYouMean(tool.key, ['heliostat']);
    if (near === null) return;
    const message = `\`${tool.key}\` is another tool's table. Did you mean \`${near}\`?`;
    annotation.diagnostics.push(warning('unknown-key', message, tool.keyRange, [renameKey(tool, near)]));
    return;
  }
  annotation.isOurs = true;
  const table = readTable('`tool.heliostat`', tool.value, annotation.diagnostics);
  annotation.clusterKnown &&= table !== undefined;
  for (const entry of table?.entries.values() ?? []) readToolKey(annotation, entry, block);
}

function readToolKey(annotation: Annotation, entry: TomlEntry, block: MetadataBlock): void {
  const { spec, diagnostics } = annotation;
  switch (entry.key) {
    case 'args': {
      const args = readStrings('`args`', entry.value, diagnostics);
      if (args) spec.args = args;
      return;
    }
    case 'env': {
      const env = readEnv(entry.value, diagnostics);
      if (env) spec.env = env;
      return;
    }
    case 'working-dir': {
      const text = readString('`working-dir`', entry.value, diagnostics);
      if (text === '') diagnostics.push(emptyFolder(entry.value));
      else if (text !== undefined) spec.workingDir = text;
      return;
    }
    case 'nodes': {
      const before = diagnostics.length;
      annotation.groups = readNodeGroups(entry, block, diagnostics);
      spec.nodes = annotation.groups.map(({ group }) => group);
      annotation.clusterKnown &&= diagnostics.length === before;
      return;
    }
    case 'network': {
      const network = readNetwork(entry.value, diagnostics);
      if (network) spec.network = network;
      return;
    }
    case 'image':
    case 'dockerfile': {
      const other = entry.key === 'image' ? 'dockerfile' : 'image';
      if (spec[other] !== undefined)
        diagnostics.push(
          problem('value', `\`${entry.key}\` and \`${other}\` exclude each other.`, entry.keyRange),
        );
      const text = readString(`\`${entry.key}\``, entry.value, diagnostics);
      if (text === '') diagnostics.push(problem('value', `\`${entry.key}\` is empty.`, entry.value.range));
      else if (text !== undefined) spec[entry.key] = text;
      return;
    }
    case 'keep-arguments': {
      const kept =
        entry.value.kind === 'boolean' ? false : readStrings(`\`${entry.key}\``, entry.value, diagnostics);
      if (entry.value.kind === 'boolean' && entry.value.value === true)
        diagnostics.push(keepWhat(entry.value));
      else if (kept !== undefined) spec.keepArguments = kept;
      return;
    }
    case 'faults':
      annotation.faults = readFaults(entry, diagnostics);
      return;
    default:
      diagnostics.push(unknownToolKey(entry));
      // A mistyped `nodes` leaves the wanted cluster unknown.
      annotation.clusterKnown = false;
  }
}

function readEnv(value: TomlValue, sink: Sink): Record<string, string> | undefined {
  const env = readStringTable('`env`', value, sink);
  if (!env || value.kind !== 'table') return env;
  for (const { key, keyRange } of value.entries.values()) {
    if (key !== '' && !key.includes('=') && !key.includes('\0')) continue;
    sink.push(problem('value', `"${key}" cannot be the name of an environment variable.`, keyRange));
    delete env[key];
  }
  return env;
}

function keepWhat(value: TomlValue): ScriptDiagnostic {
  const message =
    '`keep-arguments` must be a list of functions, or false. Those of failed tasks are kept anyway.';
  return problem('value', message, value.range, [replace('Write []', value.range, '[]')]);
}

function emptyFolder(value: TomlValue): ScriptDiagnostic {
  const message = '`working-dir` names no folder: write "." for the script\'s own.';
  return problem('value', message, value.range, [replace('Write "."', value.range, '"."')]);
}

function unknownToolKey(entry: TomlEntry): ScriptDiagnostic {
  const misplaced = groupKeys.includes(entry.key);
  const hint = misplaced ? 'it belongs to a group of nodes, under `[[tool.heliostat.nodes]]`.' : null;
  return unknownKey(entry, '[tool.heliostat]', toolKeys, { aliases: toolAliases, hint });
}

/** PEP 723 reserves every other top-level key; other tools would refuse or ignore it. */
function unknownTopLevel(entry: TomlEntry): ScriptDiagnostic {
  const found =
    entry.key === 'heliostat'
      ? wrongPlace(entry)
      : unknownKey(entry, 'Script metadata', ['requires-python', 'dependencies', 'tool'], {
          aliases: { requires: 'dependencies', requirements: 'dependencies', python: 'requires-python' },
        });
  return { ...found, severity: 'warning' };
}

function wrongPlace(entry: TomlEntry): ScriptDiagnostic {
  const message = 'Keys of ours stand under `[tool.heliostat]`.';
  return problem('unknown-key', message, entry.keyRange, [renameKey(entry, 'tool.heliostat')]);
}
