import { describe, expect, test } from 'vitest';
import { planNodes } from '../../../simulator/cluster/nodePlan';
import type { NodeGroup } from '../../../simulator/model/cluster';
import { checkScript } from '../../../simulator/script/check';
import { memoryFor, nodeShapes, taskMemory } from '../../../simulator/script/clusterShape';
import { applyFix, block, check, hostCpus, type Expected } from './marked';

const infeasible = (says?: string | RegExp, fixes?: string[]): Expected => ({
  code: 'infeasible',
  ...(says !== undefined && { says }),
  ...(fixes && { fixes }),
});

const oneGpu = block('[[tool.heliostat.nodes]]', 'cpus = 2', 'gpus = 1');
const small = block(
  '[[tool.heliostat.nodes]]',
  'cpus = 2',
  'memory = "2GiB"',
  'resources = { ingest = 4 }',
  'labels = { zone = "a" }',
);
const task = '\ndef f(): pass\n';

describe('requests that no node can satisfy', () => {
  const table: [string, string, Expected][] = [
    [
      'GPUs of a decorator',
      `${oneGpu}import ray\n@ray.remote(«num_gpus=2»)${task}`,
      infeasible('No node of this cluster has 2 GPUs (the largest has 1): Ray would wait forever.'),
    ],
    [
      'a GPU where none is',
      `import ray\n@ray.remote(«num_gpus=1»)${task}`,
      infeasible('No node of this cluster has a GPU: Ray would wait forever.'),
    ],
    ['a part of a GPU', `import ray\n@ray.remote(«num_gpus=0.5»)${task}`, infeasible('has a GPU')],
    [
      'more CPUs than the machine',
      `import ray\n@ray.remote(num_returns=2, «num_cpus=5»)${task}`,
      infeasible('5 CPUs (the largest has 4)'),
    ],
    [
      'more CPUs than a share of it',
      `${block('[[tool.heliostat.nodes]]', 'count = 2')}import ray\n@ray.remote(«num_cpus=3»)${task}`,
      infeasible('the largest has 2'),
    ],
    [
      'an actor',
      `import ray\n@ray.remote(«num_gpus = 1», max_restarts=1)\nclass A:\n    def step(self): pass\n`,
      infeasible(),
    ],
    [
      'memory',
      `${small}import ray\n@ray.remote(«memory=2 * 1024**3»)${task}`,
      infeasible('2GiB of memory for tasks (the largest has 1434MiB, as Ray keeps a part for objects)'),
    ],
    [
      'a resource',
      `${small}import ray\n@ray.remote(resources={«"ingest": 5», "x": n})${task}`,
      infeasible('5 of the resource "ingest" (the largest has 4)'),
    ],
    [
      'an unknown resource',
      `${small}import ray\n@ray.remote(resources={'ingest': 4, «'tape': 0.01»})${task}`,
      infeasible('the resource "tape"'),
    ],
    [
      'a resource with an inherited name',
      `${small}import ray\n@ray.remote(resources={«"constructor": 1»})${task}`,
      infeasible('the resource "constructor"'),
    ],
    [
      'a label',
      `${small}import ray\n@ray.remote(label_selector={«"zone": "b"»})${task}`,
      infeasible('the label zone = "b"'),
    ],
    [
      'a list of labels',
      `${small}import ray\n@ray.remote(label_selector={«"zone": "in(b, c)"»})${task}`,
      infeasible('zone = "b" or "c"'),
    ],
    [
      'no such label',
      `${small}import ray\n@ray.remote(label_selector={«"zone": "!a"»})${task}`,
      infeasible('Every node of this cluster has the label zone = "a"'),
    ],
    [
      'all but',
      `${small}import ray\n@ray.remote(label_selector={«"zone": "!in(a, b)"»})${task}`,
      infeasible(),
    ],

    ['options', `${oneGpu}import ray\n@ray.remote${task}f.options(«num_gpus=2»).remote()\n`, infeasible()],
    [
      'options of an actor',
      `${oneGpu}import ray\n@ray.remote\nclass A: pass\na = A.options(name="a", «num_gpus=2»).remote(1)\n`,
      infeasible(),
    ],
    [
      'options of something imported',
      `import ray\nfrom lib import f\nf.options(«memory=10**15», name="x")\nf.options(num_cpus=1)\n`.replace(
        '«memory=10**15»',
        'memory=10**15, «num_cpus=99»',
      ),
      infeasible(),
    ],
    [
      'options above the definition',
      `import ray\ndef main():\n    f.options(«resources={"a": 1}»).remote()\n@ray.remote${task}`.replace(
        '«resources={"a": 1}»',
        'resources={«"a": 1»}',
      ),
      infeasible(),
    ],
    ['the function form', `${oneGpu}import ray\ng = ray.remote(«num_gpus=2»)(f)\n`, infeasible()],
    [
      'options of the function form',
      `${oneGpu}import ray\nray.remote(f).options(«num_gpus=2»).remote()\n`,
      infeasible(),
    ],
    [
      'options of a name of the function form',
      `${small}import ray\ng = ray.remote(f)\ng.options(«memory=3e9»)\n`,
      infeasible(),
    ],
    [
      'an operator of Ray Data',
      `import ray\nray.data.range(9).map_batches(f, «num_gpus=1», batch_size=2)\n`,
      infeasible(),
    ],
    [
      'over several lines',
      `import ray\n@ray.remote(\n    # big\n    «num_gpus=(\n        1\n    )»,\n)${task}`,
      infeasible(),
    ],
    [
      'beyond letters outside ASCII',
      `import ray\n@ray.remote(name="é😀", «num_gpus=1»)${task}`,
      infeasible(),
    ],

    ['import as', `import numpy, ray as r\n@r.remote(«num_gpus=1»)${task}`, infeasible()],
    ['import of a submodule', `import ray.data\n@ray.remote(«num_gpus=1»)${task}`, infeasible()],
    ['import of remote', `from ray import (get, remote as far)\n@far(«num_gpus=1»)${task}`, infeasible()],
    [
      'import in a function',
      `def main():\n    import ray\n    @ray.remote(«num_gpus=1»)\n    def f(): pass\n`,
      infeasible(),
    ],

    ['a constant', `import ray\nGPUS: int = 2\n@ray.remote(«num_gpus=GPUS»)${task}`, infeasible('a GPU')],
    [
      'a constant of constants',
      `import ray\nA = 4\nB = A * 2 - 1\n@ray.remote(«num_cpus=B»)${task}`,
      infeasible('7 CPUs'),
    ],
    ['other notations', `import ray\n@ray.remote(«num_cpus=0x1_0 // 2 + -(1)»)${task}`, infeasible('7 CPUs')],

    [
      'together too much',
      `${block('[[tool.heliostat.nodes]]', 'cpus = 8', '[[tool.heliostat.nodes]]', 'cpus = 2', 'gpus = 1')}import ray\n@ray.remote(num_gpus=1, «num_cpus=4»)${task}`,
      infeasible('No single node of this cluster has 1 GPU and 4 CPUs together'),
    ],
    [
      'together with the definition',
      `${block('[[tool.heliostat.nodes]]', 'cpus = 8', '[[tool.heliostat.nodes]]', 'cpus = 2', 'gpus = 1')}import ray\n@ray.remote(num_gpus=1)${task}f.options(«num_cpus=4»).remote()\n`,
      infeasible('together'),
    ],
  ];

  test.each(table)('%s', (_, marked, expected) => {
    const { result } = check(marked, expected);
    expect(result.diagnostics[0]?.severity).toBe('warning');
  });

  test.each(table)('%s: every fix gives a clean file', (_, marked) => {
    const { text } = check(marked, 'infeasible');
    for (const eol of ['\n', '\r\n']) {
      const written = text.replaceAll('\n', eol);
      const fixes = checkScript(written, { hostCpus }).diagnostics[0]?.fixes ?? [];
      expect(fixes).not.toEqual([]);
      for (const fix of fixes) {
        const fixed = applyFix(written, fix);
        expect(checkScript(fixed, { hostCpus }).diagnostics, fixed).toEqual([]);
        expect(fixed.replaceAll('\r\n', '').includes('\n')).toBe(eol === '\n');
      }
    }
  });

  test('each argument that is too much', () => {
    check(
      `import ray\n@ray.remote(«num_gpus=2», «num_cpus=99», resources={«"a": 1»})${task}`,
      infeasible('a GPU'),
      infeasible('99 CPUs'),
      infeasible('"a"'),
    );
  });

  test('what the definition asks in vain is said there only', () => {
    check(
      `import ray\n@ray.remote(«num_gpus=2»)${task}f.options(num_cpus=1).remote()\nf.options(num_gpus=0).remote()\n`,
      'infeasible',
    );
  });
});

describe('requests that some node satisfies, or that only running tells', () => {
  test.each([
    ['no arguments', `@ray.remote${task}f.options().remote()\n`],
    [
      'small ones',
      `@ray.remote(num_cpus=4, memory=2**40, num_gpus=0, resources={}, label_selector={})${task}`,
    ],
    ['None', `@ray.remote(num_gpus=None, resources=None)${task}`],
    ['a variable', `n = int(input())\n@ray.remote(num_gpus=n)${task}`],
    ['a changed constant', `N = 9\nif x: N = 1\n@ray.remote(num_gpus=N)${task}`],
    ['a constant under another', `N = 9\ndef main(N):\n    f.options(num_gpus=N).remote()\n`],
    ['an increased constant', `N = 9\nN -= 9\nray.remote(num_gpus=N)(f)\n`],
    ['a loop variable', `N = 9\nfor (N, _) in x: ray.remote(num_gpus=N)(f)\n`],
    ['a comprehension', `N = 9\n[ray.remote(num_gpus=N)(f) for N in x]\n`],
    ['a walrus', `N = 9\nif (N := 0) == 0: ray.remote(num_gpus=N)(f)\n`],
    ['a constant of itself', `A = B\nB = A\nray.remote(num_gpus=A)(f)\n`],
    ['arithmetic on the unknown', `ray.remote(num_gpus=2 * n, num_cpus=len("abcde"), memory=1/0)(f)\n`],
    ['a choice', `ray.remote(num_gpus=2 if x else 0)(f)\n`],
    ['unpacking', `ray.remote(**{"num_gpus": 2})(f)\n`],
    ['computed names', `ray.remote(resources={name: 2, f"a{1}": 1, "b" "c": 1})(f)\n`],
    ["Ray's own resource", `ray.remote(resources={"node:__internal_head__": 0.001})(f)\n`],
    ["Ray's own label", `ray.remote(label_selector={"ray.io/accelerator-type": "A100"})(f)\n`],
    ['no label wanted', `ray.remote(label_selector={"zone": "!a"})(f)\n`],
    ['another remote', `import fabric\n@fabric.remote(num_gpus=9)${task}remote(num_gpus=9)(f)\n`],
    ['other options', `parser.options(memory=9e99)\nx.options(num=1).other()\n`],
    [
      'options that replace the definition',
      `@ray.remote(num_cpus=4)${task}f.options(num_cpus=1, num_gpus=0).remote()\n`,
    ],
    ['another map', `pool.map(f, [1], chunksize=9)\n`],
    ['a comment and a string', `# @ray.remote(num_gpus=9)\n"@ray.remote(num_gpus=9)"\n`],
  ])('%s', (_, python) => {
    check(`import ray\n${python}`);
  });

  test('two groups, each good for one of them', () => {
    check(
      `${block('[[tool.heliostat.nodes]]', 'cpus = 9', '[[tool.heliostat.nodes]]', 'gpus = 2')}import ray\n` +
        `@ray.remote(num_cpus=9)${task}@ray.remote(num_gpus=2)\nclass A: pass\n`,
    );
  });

  test('a script without Ray', () => {
    check('x.options(num_gpus=2).remote()\n');
  });

  test.each([
    ['in its nodes', block('[[tool.heliostat.nodes]]', '«gpu» = 2'), 'unknown-key'],
    ['in the name of its nodes', block('[[tool.heliostat.«node»]]', 'gpus = 2'), 'unknown-key'],
    ['in TOML', block('[[tool.heliostat.nodes]]', 'gpus «=»'), 'toml'],
    ['in the block', '«# /// script»\n# [[tool.heliostat.nodes]]\n# gpus = 2\n', 'block-unclosed'],
  ])('a cluster that cannot be read, by a mistake %s', (_, broken, code) => {
    check(`${broken}import ray\n@ray.remote(num_gpus=2)${task}`, code);
  });

  test('a mistake elsewhere keeps the warning', () => {
    check(
      `${block('[tool.heliostat]', 'args = [«1»]')}import ray\n@ray.remote(«num_gpus=1»)${task}`,
      'type',
      'infeasible',
    );
  });
});

describe('the fixes', () => {
  const fixed = (before: string, python: string, index = 0) => {
    const { diagnostics } = checkScript(before + python, { hostCpus });
    const after = applyFix(before + python, diagnostics[0]?.fixes[index]);
    expect(checkScript(after, { hostCpus }).diagnostics, after).toEqual([]);
    expect(after.endsWith(python)).toBe(true);
    return after.slice(0, -python.length);
  };
  const gpus2 = `import ray\n@ray.remote(num_gpus=2)${task}`;

  test('raise a value', () => {
    expect(fixed(oneGpu, gpus2)).toBe(block('[[tool.heliostat.nodes]]', 'cpus = 2', 'gpus = 2'));
  });

  test('add a node', () => {
    expect(fixed(oneGpu, gpus2, 1)).toBe(
      block('[[tool.heliostat.nodes]]', 'cpus = 2', 'gpus = 1', '', '[[tool.heliostat.nodes]]', 'gpus = 2'),
    );
  });

  test('say what they do', () => {
    check(
      `${oneGpu}import ray\n@ray.remote(«num_gpus=2»)${task}`,
      infeasible(/./, ['Set gpus = 2 for the nodes', 'Add a node with gpus = 2']),
    );
    check(`import ray\n@ray.remote(«num_gpus=2»)${task}`, infeasible(/./, ['Ask for a node with gpus = 2']));
  });

  test('add a key to the nearest group', () => {
    const before = [
      '[[tool.heliostat.nodes]]',
      'cpus = 1 # small',
      '[[tool.heliostat.nodes]]',
      'cpus = 8',
      '[tool.x]',
    ];
    const python = `import ray\n@ray.remote(num_cpus=8, num_gpus=2)${task}`;
    expect(fixed(block(...before), python)).toBe(block(...before.toSpliced(4, 0, 'gpus = 2')));
  });

  test('make a block, behind shebang and encoding and before all else', () => {
    const made = block('[[tool.heliostat.nodes]]', 'gpus = 2');
    expect(fixed('', gpus2)).toBe(`${made}\n`);
    expect(fixed('#!/usr/bin/env python\n# coding: utf-8\n"""Doc."""\n', gpus2)).toBe(
      `#!/usr/bin/env python\n# coding: utf-8\n${made}\n"""Doc."""\n`,
    );
    expect(fixed('# (c) us\n\n', gpus2)).toBe(`${made}\n# (c) us\n\n`);
  });

  test.each([
    ['a block without our table', ['dependencies = ["ray"]', '', '[tool.uv]', 'x = 1']],
    ['an empty block', ['']],
    ['a group without keys', ['[[tool.heliostat.nodes]]']],
    ['our table as a header', ['[tool.heliostat]', 'args = []']],
    ['our table as an inline table', ['[tool]', 'heliostat = { args = [] }']],
    ['our table as an empty inline table', ['[tool]', 'heliostat = {}']],
    ['tool as an inline table', ['tool = { x = 1 }']],
    ['our table by dotted keys', ['tool.heliostat.args = []', 'tool.x.y = 1']],
    ['an empty list of nodes', ['[tool.heliostat]', 'nodes = []']],
    ['a list of nodes', ['[tool.heliostat]', 'nodes = [{ count = 2 }, {},]']],
    ['a list over several lines', ['tool.heliostat.nodes = [', '  { cpus = 2, gpus = 1 },', ']']],
    ['resources as an inline table', ['[[tool.heliostat.nodes]]', 'resources = { a = 1 }']],
    ['resources as an empty table', ['[[tool.heliostat.nodes]]', 'resources = {}']],
    ['resources by dotted keys', ['[[tool.heliostat.nodes]]', 'resources.a = 1', 'cpus = 1']],
    ['resources by dotted keys, inline', ['tool.heliostat.nodes = [{ resources.a = 1 }]']],
    [
      'resources as a header',
      ['[[tool.heliostat.nodes]]', '[tool.heliostat.nodes.resources]', 'a = 1', '[[tool.heliostat.nodes]]'],
    ],
    [
      'labels as a header',
      ['[[tool.heliostat.nodes]]', 'cpus = 9', '[tool.heliostat.nodes.labels]', 'a = "1"', '', '[tool.x]'],
    ],
    ['a value over several lines', ['[[tool.heliostat.nodes]]', 'labels = { a = """', '1""" }']],
  ])('work on %s', (_, toml) => {
    const python =
      'import ray\n@ray.remote(num_gpus=2, num_cpus=5, memory=2**30, resources={"a": 2, "b c": 1, "__proto__": 1}, ' +
      `label_selector={"zone": "in(x, y)", "a.b/c": "d"})${task}`;
    const text = block(...toml) + python;
    const [first] = checkScript(text, { hostCpus }).diagnostics;
    expect(first?.code).toBe('infeasible');
    expect(first?.fixes.length).toBeGreaterThan(0);
    for (const fix of first?.fixes ?? []) {
      const after = applyFix(text, fix);
      expect(checkScript(after, { hostCpus }).diagnostics, after).toEqual([]);
    }
  });

  test('do not take from others what they need', () => {
    // A second node would halve the CPUs that the first one gets.
    const text = `${block('[[tool.heliostat.nodes]]', 'gpus = 1')}import ray\n@ray.remote(num_cpus=4)${task}@ray.remote(«num_gpus=2»)\nclass A: pass\n`;
    check(text, infeasible(/./, ['Set gpus = 2 for the nodes']));
  });

  test('do not change a label that others may want', () => {
    const { text, result } = check(
      `${small}import ray\n@ray.remote(label_selector={«"zone": "b"»})${task}`,
      'infeasible',
    );
    expect(result.diagnostics[0]?.fixes.map(({ title }) => title)).toEqual([
      'Add a node with labels = { zone = "b" }',
    ]);
    expect(
      checkScript(applyFix(text, result.diagnostics[0]?.fixes[0]), { hostCpus }).spec.nodes,
    ).toHaveLength(2);
  });

  test('are absent where nothing helps', () => {
    check(`import ray\n@ray.remote(«num_gpus=1e300»)${task}`, infeasible(/./, []));
  });
});

describe('what nodes have is what the plan gives them', () => {
  const gib = 2 ** 30;
  test.each<[string, NodeGroup[]]>([
    ['no groups', []],
    ['groups that share the CPUs', [{ count: 2 }, { count: 1, gpus: 2 }]],
    ['more groups than CPUs', [{ count: 9 }]],
    [
      'small memory',
      [
        { count: 1, memoryBytes: gib / 2 },
        { count: 1, memoryBytes: 1e9 },
      ],
    ],
    [
      'large memory',
      [
        { count: 1, memoryBytes: 6 * gib, cpus: 3 },
        { count: 1, memoryBytes: 64 * gib, resources: { a: 1 } },
      ],
    ],
  ])('%s', (_, groups) => {
    const machine = { cpus: hostCpus, memoryBytes: 256 * gib, shmBytes: Infinity, gpuIds: [] };
    const plan = planNodes(groups, machine);
    const shapes = nodeShapes(groups, hostCpus);
    const expected = shapes.flatMap((shape, index) =>
      Array.from({ length: groups[index]?.count ?? 1 }, () => shape),
    );
    expect(plan).toHaveLength(expected.length);
    plan.forEach((node, index) => {
      const shape = expected[index];
      expect([node.cpus, node.gpus, node.resources]).toEqual([shape?.CPU, shape?.GPU, shape?.resources]);
      // Whole MiB in the plan; what the annotation leaves open is open here.
      if (shape?.memory !== Infinity)
        expect(Math.abs(node.memoryBytes - (shape?.memory ?? 0))).toBeLessThan(2 ** 20);
    });
  });

  test.each([1, 2 ** 28, 1e9, gib, 5 * gib, 20 * gib])('memory for tasks of %d bytes is enough', (bytes) => {
    expect(taskMemory(memoryFor(bytes))).toBeGreaterThanOrEqual(bytes);
    expect(memoryFor(bytes) % 2 ** 28).toBe(0);
  });
});
