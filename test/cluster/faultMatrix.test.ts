/**
 * Every fault against tasks, an actor with restarts and a Ray Data pipeline at the same time, on real clusters. What was
 * seen stands in test/samples/faults/README.md: HELIOSTAT_WRITE_FAULTS=1 writes it anew.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FaultKind, TraceMark } from '../../simulator/model/fault';
import { TEST_IMAGE, whyNoDocker } from './dockerRig';
import { Heliostat, PYTHON, until } from './heliostat';

const reason = await whyNoDocker();
const SCRIPT = readFileSync('test/samples/faults/matrix.py', 'utf8');
/** Ray would take a minute to give up a node that is silent. */
const HASTE = {
  RAY_health_check_initial_delay_ms: '1000',
  RAY_health_check_period_ms: '1000',
  RAY_health_check_timeout_ms: '3000',
  RAY_health_check_failure_threshold: '4',
  // Ray's servers refuse to be asked more than once a minute.
  RAY_grpc_client_keepalive_time_ms: '61000',
  RAY_grpc_client_keepalive_timeout_ms: '10000',
};

type Part = { right: boolean; restarted?: boolean; error?: string };
/** Ten times what a calm machine needs. */
const LIMIT_MS = 300_000;
type Results = Record<'task' | 'actor' | 'data', Part>;
interface Cell {
  kind: FaultKind;
  results: Results;
  marks: TraceMark[];
  /** Attempts beyond the first. */
  again: number;
}

const rows: string[] = [];

/** All of them on both backends take twice as long. */
const isWriting = process.env['HELIOSTAT_WRITE_FAULTS'] !== undefined;
const DOCKER: FaultKind[] = isWriting ? ['kill', 'pause', 'drain', 'partition', 'oom'] : ['drain', 'oom'];
const PROCESS: FaultKind[] = isWriting ? ['kill', 'pause', 'drain'] : ['kill', 'pause'];

describe.each([
  ['docker', DOCKER],
  ['process', PROCESS],
] as const)('on %s nodes', (backend, kinds) => {
  const isLeftOut = backend === 'docker' && reason !== null;
  const work = mkdtempSync(path.join(tmpdir(), 'hsfault-'));
  let heliostat: Heliostat;

  beforeAll(() => {
    heliostat = new Heliostat();
    Object.assign(heliostat.env, HASTE);
    const env = Object.entries(HASTE).map(([name, value]) => `ENV ${name}=${value}`);
    writeFileSync(path.join(work, 'Dockerfile'), [`FROM ${TEST_IMAGE}`, ...env, ''].join('\n'));
  });
  afterAll(async () => {
    await heliostat.end();
    rmSync(work, { recursive: true, force: true });
  });

  /** The script with its cluster, in a folder of its own; a drain comes by the clock. */
  function write(kind: FaultKind): string {
    const fault = ['[[tool.heliostat.faults]]', 'at = "8s"', 'node = 1', 'kind = "drain"', 'deadline = "4s"'];
    const lines = [
      ...(backend === 'docker' ? ['[tool.heliostat]', 'dockerfile = "../Dockerfile"'] : []),
      ...['[[tool.heliostat.nodes]]', 'cpus = 1', 'memory = "1GiB"'],
      ...['[[tool.heliostat.nodes]]', 'count = 2', 'cpus = 2', 'memory = "1.5GiB"'],
      ...(kind === 'drain' ? fault : []),
    ];
    const file = path.join(work, kind, 'matrix.py');
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, ['# /// script', ...lines.map((line) => `# ${line}`), '# ///', SCRIPT].join('\n'));
    return file;
  }

  const traceOf = async (run: string) =>
    JSON.parse((await heliostat.run(['trace', run, '--json'])).stdout) as {
      marks: TraceMark[];
      tasks: { attempt: number }[];
    };

  async function cell(kind: FaultKind): Promise<Cell> {
    const script = write(kind);
    const args = ['run', script, '--python', PYTHON, '--backend', backend];
    const { code, stdout, stderr } = await heliostat.run(args, async (child, printed) => {
      const isUnderWay = () => child.exitCode !== null || /^READY$/m.test(printed());
      await until('all parts are under way', isUnderWay, LIMIT_MS);
      const fault = async (what: FaultKind) => {
        const done = await heliostat.run(['fault', 'node 1', what]);
        expect(done.code, done.stderr).toBe(0);
      };
      if (kind !== 'drain') await fault(kind);
      const isLost = async () => (await traceOf('last')).marks.some((mark) => mark.kind === 'lost');
      if (kind !== 'oom') await until('Ray gives the node up', isLost, LIMIT_MS);
      // What was begun there waits for a silent node longer than Ray itself does: see the README.
      if (kind === 'pause') await fault('resume');
      if (kind === 'partition') await fault('heal');
      writeFileSync(path.join(path.dirname(script), 'over'), '');
    });
    await heliostat.run(['down', '--force']);
    expect(code, stdout + stderr).toBe(0);
    const last = stdout.split('\n').findLast((line) => line.startsWith('{'));
    const { marks, tasks } = await traceOf('last');
    const again = tasks.reduce((sum, task) => sum + task.attempt, 0);
    return { kind, results: JSON.parse(last ?? '{}') as Results, marks, again };
  }

  it.skipIf(isLeftOut).each(kinds.map((kind) => [kind]))(
    '%s: everything ends with the right answer',
    async (kind) => {
      const { results, marks, again } = await cell(kind);
      rows.push(row(backend, { kind, results, marks, again }));
      for (const part of ['task', 'actor', 'data'] as const)
        expect(results[part], JSON.stringify(results)).toMatchObject({ right: true });
      expect(
        marks.some((mark) => mark.kind === kind && mark.node === 1),
        JSON.stringify(marks),
      ).toBe(true);
      // Out of memory ends a worker; everything else, the node.
      if (kind === 'oom') return;
      expect(
        marks.some((mark) => mark.kind === 'lost' && mark.node === 1),
        JSON.stringify(marks),
      ).toBe(true);
      // The drain may come before the actor does, which then begins elsewhere.
      if (kind !== 'drain') expect(results.actor.restarted).toBe(true);
    },
    2 * LIMIT_MS,
  );
});

afterAll(() => {
  if (isWriting) {
    const file = 'test/samples/faults/README.md';
    const [before = '', seen = '', after = ''] = readFileSync(file, 'utf8').split(/<!-- (?:seen|end) -->\n/);
    const cellOf = (line: string) => line.split('|').slice(1, 3).join('|');
    const kept = seen.split('\n').filter((line) => /^\| (docker|process) /.test(line));
    const byCell = new Map([...kept, ...rows].map((line) => [cellOf(line), line]));
    const lines = [...byCell.values()].toSorted((a, b) => a.slice(0, 5).localeCompare(b.slice(0, 5)));
    writeFileSync(
      file,
      `${before}<!-- seen -->\n${[...HEADER, ...lines].join('\n')}\n<!-- end -->\n${after}`,
    );
  } else process.stdout.write(`${[...HEADER, ...rows].join('\n')}\n`);
});

const HEADER = [
  '| nodes | fault | tasks | actor | Ray Data | node | attempts beyond the first |',
  '| --- | --- | --- | --- | --- | --- | --- |',
];

function row(backend: string, { kind, results, marks, again }: Cell): string {
  const words = ({ right, restarted }: Part) =>
    `${right ? 'right answer' : 'failed'}${restarted ? ', restarted' : ''}`;
  const fault = marks.find((mark) => mark.kind === kind);
  const lost = marks.find((mark) => mark.kind === 'lost');
  const node = lost && fault ? `lost after ${((lost.timeMs - fault.timeMs) / 1000).toFixed(1)} s` : 'stays';
  const cells = [backend, kind, words(results.task), words(results.actor), words(results.data), node, again];
  return `| ${cells.join(' | ')} |`;
}
