import { describe, expect, test } from 'vitest';
import { checkScript } from '../../../simulator/script/check';
import { applyFix, block, check, hostCpus, type Expected } from './marked';

function spec(text: string) {
  const { spec, diagnostics } = checkScript(text, { hostCpus });
  expect(diagnostics).toEqual([]);
  return spec;
}

describe('what a script asks for', () => {
  test('everything at once', () => {
    const text = block(
      'requires-python = ">=3.10"',
      'dependencies = ["ray[data]>=2.60", "numpy"]',
      '',
      '[tool.heliostat]',
      'args = ["--epochs", "2"]',
      'env = { LOG_LEVEL = "info" }',
      'working-dir = "."            # what travels',
      '',
      '[[tool.heliostat.nodes]]     # the cluster',
      'count = 2',
      'cpus = 2',
      'memory = "2GiB"',
      '',
      '[[tool.heliostat.nodes]]',
      'cpus = 1',
      'gpus = 1',
      'resources = { ingest = 4 }',
      'labels = { zone = "a" }',
      '',
      '[[tool.heliostat.nodes]]',
    );
    expect(spec(text)).toEqual({
      requiresPython: '>=3.10',
      dependencies: ['ray[data]>=2.60', 'numpy'],
      args: ['--epochs', '2'],
      env: { LOG_LEVEL: 'info' },
      workingDir: '.',
      nodes: [
        { count: 2, cpus: 2, memoryBytes: 2 * 2 ** 30 },
        { count: 1, cpus: 1, gpus: 1, resources: { ingest: 4 }, labels: { zone: 'a' } },
        { count: 1 },
      ],
    });
  });

  test.each([
    [
      'dotted keys',
      ['tool.heliostat.args = ["a"]', 'tool.heliostat.nodes = [{ cpus = 2, resources.x = 1 }]'],
    ],
    [
      'inline tables',
      ['[tool]', 'heliostat = { args = ["a"], nodes = [{ cpus = 2, resources = { x = 1 } }] }'],
    ],
    [
      'headers',
      [
        '[tool.heliostat]',
        'args = ["a"]',
        '[[tool.heliostat.nodes]]',
        'cpus = 2',
        '[tool.heliostat.nodes.resources]',
        'x = 1',
      ],
    ],
    [
      'quoted keys',
      [
        '["tool".\'heliostat\']',
        '"args" = ["a"]',
        '[[tool."heliostat".nodes]]',
        'cpus = 2',
        'resources."x" = 1',
      ],
    ],
  ])('in %s', (_, toml) => {
    expect(spec(block(...toml))).toEqual({
      args: ['a'],
      nodes: [{ count: 1, cpus: 2, resources: { x: 1 } }],
    });
  });

  test.each([
    ['2GiB', 2 * 2 ** 30],
    ['512 MiB', 512 * 2 ** 20],
    ['4GB', 4e9],
    ['1.5GiB', 1.5 * 2 ** 30],
    [' 1 TB ', 1e12],
  ])('memory "%s"', (memory, memoryBytes) => {
    expect(spec(block('[[tool.heliostat.nodes]]', `memory = "${memory}"`)).nodes).toEqual([
      { count: 1, memoryBytes },
    ]);
  });

  test("other tools' tables are none of our business", () => {
    expect(spec(block('[tool.uv]', 'nodes = 3', 'cpu = "x"', '[tool.heliostatic-charge.nodes]'))).toEqual({
      nodes: [],
    });
  });

  test.each([
    '>=3.10',
    '>=3.10,<3.14',
    '~=3.11',
    '==3.12.*',
    '!=3.9.1, >3.8',
    '===3.12.0-custom',
    '>= 3.10',
    '',
  ])('requires-python "%s"', (text) => {
    expect(spec(block(`requires-python = "${text}"`)).requiresPython).toBe(text);
  });

  test.each([
    'ray',
    'ray[data, train]>=2.60,<3',
    'numpy (>=2)',
    'x @ https://example.com/x-1.0.whl',
    'tomli>=2; python_version < "3.11"',
    'Some.Pkg_name~=1.0.post1',
    'pkg==1.0+cu121',
    'torch==2.*',
    "a ; sys_platform == 'linux'",
  ])('the requirement %s', (text) => {
    expect(spec(block(`dependencies = [${JSON.stringify(text)}]`)).dependencies).toEqual([text]);
  });
});

const heliostat = (line: string) => block('[tool.heliostat]', line);
const node = (line: string) => block('[[tool.heliostat.nodes]]', line);

describe('mistakes, each on its exact range', () => {
  const table: [string, string, string | Expected][] = [
    [
      'an unknown key',
      heliostat('«arg» = []'),
      { code: 'unknown-key', says: 'Did you mean `args`', fixes: ['Change to `args`'] },
    ],
    [
      'an underscore',
      heliostat('«working_dir» = "."'),
      { code: 'unknown-key', fixes: ['Change to `working-dir`'] },
    ],
    ['a quoted key', heliostat('«"argz"» = []'), { code: 'unknown-key', fixes: ['Change to `args`'] }],
    [
      'a key like no other',
      heliostat('«colour» = 1'),
      { code: 'unknown-key', says: 'It knows args, env', fixes: [] },
    ],
    [
      'a key of nodes',
      heliostat('«cpus» = 1'),
      { code: 'unknown-key', says: '[[tool.heliostat.nodes]]', fixes: [] },
    ],
    ['cpu', node('«cpu» = 1'), { code: 'unknown-key', fixes: ['Change to `cpus`'] }],
    ["Ray's name", node('«num_gpus» = 1'), { code: 'unknown-key', fixes: ['Change to `gpus`'] }],
    [
      'a dotted key',
      block('tool.heliostat.«en».A = "1"'),
      { code: 'unknown-key', fixes: ['Change to `env`'] },
    ],
    [
      'an unknown key of the block',
      block('«dependancies» = []'),
      { code: 'unknown-key', fixes: ['Change to `dependencies`'] },
    ],
    [
      'our table at the top',
      block('[«heliostat»]'),
      { code: 'unknown-key', fixes: ['Change to `tool.heliostat`'] },
    ],
    [
      'our name mistyped',
      block('[tool.«helistat»]'),
      { code: 'unknown-key', fixes: ['Change to `heliostat`'] },
    ],

    [
      'args that are no list',
      heliostat('args = «"--x"»'),
      { code: 'type', says: 'list of strings', fixes: ['Write ["--x"]'] },
    ],
    ['an argument that is a number', heliostat('args = ["a", «2»]'), { code: 'type', fixes: ['Write "2"'] }],
    [
      'an environment of numbers',
      heliostat('env = { A = «1» }'),
      { code: 'type', says: '`A` must be a string', fixes: ['Write "1"'] },
    ],
    ['an environment of booleans', heliostat('env.A = «true»'), { code: 'type', fixes: ['Write "true"'] }],
    ['an environment of tables', heliostat('env = { A = «{}» }'), { code: 'type', fixes: [] }],
    ['a bad variable', heliostat('env = { «"A=B"» = "1" }'), 'value'],
    ['a folder that is a list', heliostat('working-dir = «[]»'), 'type'],
    [
      'arguments of everything',
      heliostat('keep-arguments = «true»'),
      { code: 'value', says: 'a list of functions', fixes: ['Write []'] },
    ],
    [
      'arguments of a text',
      heliostat('keep-arguments = «"train"»'),
      { code: 'type', fixes: ['Write ["train"]'] },
    ],
    ['an empty folder', heliostat('working-dir = «""»'), { code: 'value', fixes: ['Write "."'] }],
    ['a table that is a value', block('[tool]', 'heliostat = «1»'), 'type'],
    ['tool that is a value', block('tool = «1»'), 'type'],

    [
      'single brackets',
      block('[«tool.heliostat.nodes»]', 'cpus = 2'),
      { code: 'type', fixes: ['Write [[tool.heliostat.nodes]]'] },
    ],
    ['nodes that are a number', heliostat('nodes = «2»'), 'type'],
    ['a node that is a number', heliostat('nodes = [«2»]'), 'type'],
    ['zero CPUs', node('cpus = «0»'), { code: 'zero-cpus', says: 'zero CPUs', fixes: ['Write 1'] }],
    ['half a CPU', node('cpus = «0.5»'), { code: 'type', fixes: ['Write 1'] }],
    ['negative CPUs', node('cpus = «-2»'), { code: 'value', fixes: ['Write 1'] }],
    ['CPUs in quotes', node('cpus = «"2"»'), { code: 'type', fixes: ['Write 2'] }],
    ['CPUs as words', node('cpus = «"two"»'), { code: 'type', fixes: [] }],
    ['CPUs without an end', node('cpus = «inf»'), { code: 'type', fixes: [] }],
    ['too many CPUs to count', node('cpus = «99999999999999999999»'), 'value'],
    ['no nodes', node('count = «0»'), { code: 'value', fixes: ['Write 1'] }],
    ['too many nodes', node('count = «65»'), { code: 'value', says: 'at most 64' }],
    ['negative GPUs', node('gpus = «-1»'), { code: 'value', fixes: ['Write 0'] }],
    ['a wrong unit', node('memory = «"2gb"»'), { code: 'unit', fixes: ['Write "2GB"', 'Write "2GiB"'] }],
    ["Kubernetes' unit", node('memory = «"2Gi"»'), { code: 'unit', fixes: ['Write "2GiB"'] }],
    ["Docker's unit", node('memory = «"512m"»'), { code: 'unit', fixes: ['Write "512MiB"', 'Write "512MB"'] }],
    ['no unit', node('memory = «"2"»'), { code: 'unit', fixes: ['Write "2GiB"'] }],
    ['memory as a number', node('memory = «4294967296»'), { code: 'unit', fixes: ['Write "4GiB"'] }],
    ['memory as a small number', node('memory = «2»'), { code: 'unit', fixes: ['Write "2GiB"'] }],
    ['memory as words', node('memory = «"much"»'), { code: 'unit', fixes: [] }],
    ['memory as a boolean', node('memory = «true»'), 'type'],
    [
      'too little memory',
      node('memory = «"100MiB"»'),
      { code: 'value', says: '256MiB', fixes: ['Write "256MiB"'] },
    ],
    ['no memory at all', node('memory = «"0GiB"»'), 'value'],
    ['CPU as a resource', node('resources = { «CPU» = 1 }'), { code: 'reserved-resource', says: '`cpus`' }],
    ['memory as a resource', node('resources = { «memory» = 1 }'), 'reserved-resource'],
    ["Ray's resource of a node", node('resources = { «"node:a"» = 1 }'), 'reserved-resource'],
    ['half a resource', node('resources = { a = «0.5» }'), { code: 'type', fixes: ['Write 1'] }],
    ['none of a resource', node('resources = { a = «0» }'), 'value'],
    ['resources as a list', node('resources = «["a"]»'), 'type'],
    ['a label that is a number', node('labels = { zone = «1» }'), { code: 'type', fixes: ['Write "1"'] }],
    ['a bad label', node('labels = { «"-zone"» = "a" }'), 'label'],
    ["a label of Ray's", node('labels = { «"ray.io/node-id"» = "a" }'), 'label'],
    ["a bad label's value", node('labels = { zone = «"a b"» }'), 'label'],

    [
      'a bare version',
      block('requires-python = «"3.10"»'),
      { code: 'requirement', fixes: ['Write ">=3.10"'] },
    ],
    [
      'a version with a star',
      block('requires-python = «"3.12.*"»'),
      { code: 'requirement', fixes: ['Write "==3.12.*"'] },
    ],
    [
      'a turned operator',
      block('requires-python = «"=>3.10"»'),
      { code: 'requirement', fixes: ['Write ">=3.10"'] },
    ],
    ['no version', block('requires-python = «"new"»'), { code: 'requirement', fixes: [] }],
    ['a version as a number', block('requires-python = «3.1»'), 'type'],
    [
      'one equals sign',
      block('dependencies = ["ray", «"numpy=2"»]'),
      { code: 'requirement', fixes: ['Write "numpy==2"'] },
    ],
    ['a path', block('dependencies = [«"./x"»]'), 'requirement'],
    ['a requirement as a table', block('dependencies = [«{}»]'), 'type'],

    [
      'a key twice',
      block('[tool.heliostat]', 'args = []', '«args» = []'),
      { code: 'toml', says: 'at `args`' },
    ],
    ['a table twice', block('[tool.heliostat]', '[tool.«heliostat»]'), 'toml'],
    ['no value', node('cpus «=»'), 'toml'],
    [
      'text without quotes',
      node('memory = «2GiB» # much'),
      { code: 'toml', says: 'quotes', fixes: ['Write "2GiB"'] },
    ],
    [
      "Python's True",
      block('[tool.x]', 'flag = «True»'),
      { code: 'toml', fixes: ['Write true', 'Write "True"'] },
    ],
    ['a list that does not end', block('dependencies = [', '  "a"«,»'), 'toml'],
    ['a string that does not end', heliostat('working-dir = "abc«c»'), 'toml'],
    ['Python in the block', block('import «ray»'), 'toml'],
  ];

  test.each(table)('%s', (_, marked, expected) => {
    check(marked, expected);
  });

  test.each(table.filter(([, , expected]) => typeof expected !== 'string' && expected.fixes?.length))(
    '%s: every fix repairs it',
    (_, marked, expected) => {
      const { text, result } = check(marked, expected);
      for (const fix of result.diagnostics[0]?.fixes ?? []) {
        expect(checkScript(applyFix(text, fix), { hostCpus }).diagnostics).toEqual([]);
      }
    },
  );

  test.each(table)('%s, with Windows line ends', (_, marked, expected) => {
    check(marked.replaceAll('\n', '\r\n'), expected);
  });

  test.each(table.filter(([, marked]) => marked.startsWith('# /// script\n#')))(
    '%s, further down',
    (_, marked, expected) => {
      check(`#!/usr/bin/env python\n"""é😀"""\n${marked}`, expected);
    },
  );
});

describe('ranges count as editors count', () => {
  test('beyond letters outside ASCII', () => {
    check(heliostat('env = { "é😀" = "😀", B = «1», "ü" = «2» }'), 'type', 'type');
  });

  test('with tabs', () => {
    check(node('\tcpus\t=\t«0»\t# none'), 'zero-cpus');
    check(node('\t«cpu»\t=\t1'), 'unknown-key');
  });

  test('over several lines', () => {
    check(heliostat('args = [\n#   "a",\n#   «2»,\n#\n# ]'), 'type');
    check(heliostat('working-dir = «[\n#   1,\n# ]»'), 'type');
  });
});

describe('several mistakes', () => {
  test('are all found, and the rest is read', () => {
    const { result } = check(
      block(
        '[tool.heliostat]',
        '«arg» = 1',
        'args = ["a", «1»]',
        '[[tool.heliostat.nodes]]',
        'cpus = «0»',
        'gpus = 2',
        '«x» = 1',
      ),
      'unknown-key',
      'type',
      'zero-cpus',
      'unknown-key',
    );
    expect(result.spec).toEqual({ args: ['a'], nodes: [{ count: 1, gpus: 2 }] });
  });

  test('what stands before a TOML error is read', () => {
    const { result } = check(
      block('[tool.heliostat]', 'args = ["a"]', 'env = {', '«working-dir» = "b"', '[x]', '[x]'),
      'toml',
    );
    expect(result.spec).toEqual({ args: ['a'], nodes: [] });
  });

  test('renaming a table renames it in every header', () => {
    const { text, result } = check(
      block('[[tool.heliostat.«node»]]', 'cpus = 1', '[[tool.heliostat.node]]', 'cpus = 2'),
      'unknown-key',
    );
    expect(spec(applyFix(text, result.diagnostics[0]?.fixes[0])).nodes).toEqual([
      { count: 1, cpus: 1 },
      { count: 1, cpus: 2 },
    ]);
  });
});

test('unknown keys of the block are warnings, since other tools decide there', () => {
  const { result } = check(block('«packages» = []'), 'unknown-key');
  expect(result.diagnostics[0]?.severity).toBe('warning');
});
