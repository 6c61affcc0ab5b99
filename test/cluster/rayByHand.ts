/** A one-node Ray cluster with the probe, without anything of ours around it, and slots submitted to its Jobs API. */
import { spawn } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { freePorts } from '../../simulator/base/ports';
import { slotEntryPoint } from '../../simulator/probe/entryPoint';
import type { Json } from '../../simulator/ray/decode';
import { isJobOver, readJob, stopJob, submitJob, type JobDetails } from '../../simulator/ray/jobs';
import type { Endpoint } from '../../simulator/ray/endpoint';
import { spoolSubmissions, type SpoolSubmission } from '../../simulator/trace/spoolSubmissions';
import { PYTHON, until } from './heliostat';
import { endMarked } from './marked';

const PROBE = path.resolve('simulator/probe');

export interface Command {
  argv: string[];
  cwd: string;
  env?: Record<string, string>;
  runtimeEnv?: Record<string, unknown>;
}

/** What the probe wrote for one job, with task ids replaced by what they name. */
export interface Recorded {
  /** `parent > function (kind)` of each submission, sorted. */
  submissions: string[];
  /** `function` or `function: error` of each end, sorted. */
  ends: string[];
  lines: SpoolLine[];
}

export interface SpoolLine {
  job: string;
  driver?: boolean;
  run?: string;
  bye?: boolean;
  notice?: string;
  sub: SpoolSubmission[];
  start: [task: string, fn: string, timeMs: number][];
  end: [
    task: string,
    fn: string,
    startMs: number,
    endMs: number,
    cpuMs: number | null,
    error: string | null,
  ][];
  lost: number;
}

export class RayByHand {
  readonly dir = mkdtempSync('/tmp/hsp-');
  readonly spool = path.join(this.dir, 'spool');
  private slots = 0;

  private constructor(
    /** Ray's token authentication is on where there is a token. */
    readonly endpoint: Endpoint,
    private readonly ports: { port: number; dashboard: number; agent: number },
    private readonly hasProbe: boolean,
  ) {}

  /** A busy machine makes `ray start` fail at times: three attempts, each removed when it fails. */
  static start(args: string[] = []): Promise<RayByHand> {
    return RayByHand.tried(args, true, null);
  }

  /** Nothing of ours on it: as somebody else starts a cluster. */
  static startForeign(token: string | null = null): Promise<RayByHand> {
    return RayByHand.tried([], false, token);
  }

  private static async tried(args: string[], hasProbe: boolean, token: string | null): Promise<RayByHand> {
    for (let attempt = 1; ; attempt++) {
      const ray = await RayByHand.planned(hasProbe, token);
      const code = await ray.begin(args);
      if (code === 0) return ray;
      await ray.end();
      if (attempt === 3) throw new Error(`ray start ended with ${code}`);
    }
  }

  private static async planned(hasProbe: boolean, token: string | null): Promise<RayByHand> {
    const [port, dashboard, agent] = (await freePorts(3)) as [number, number, number];
    return new RayByHand(
      { address: `http://127.0.0.1:${dashboard}`, token },
      { port, dashboard, agent },
      hasProbe,
    );
  }

  private begin(more: string[]): Promise<number | null> {
    const { port, dashboard, agent } = this.ports;
    // Ray's own choice for the agent is one port for all clusters of a machine.
    mkdirSync(this.spool);
    const args = [
      ...['--head', `--port=${port}`, `--dashboard-port=${dashboard}`, `--temp-dir=${this.dir}/r`],
      ...[`--dashboard-agent-listen-port=${agent}`, '--disable-usage-stats'],
      ...['--num-cpus=4', '--num-gpus=1', '--object-store-memory=100000000'],
      ...more,
    ];
    const child = spawn(PYTHON, ['-m', 'ray.scripts.scripts', 'start', ...args], {
      cwd: this.dir,
      stdio: ['ignore', 'ignore', 'inherit'],
      env: {
        PATH: [path.dirname(PYTHON), process.env['PATH']].join(path.delimiter),
        HOME: process.env['HOME'],
        ...this.environment(),
      },
    });
    return new Promise((resolve) => child.on('exit', resolve));
  }

  /** Submits a slot and returns its name once the launcher in it waits. */
  async slot(): Promise<string> {
    const name = `slot-${++this.slots}`;
    const dir = path.join(this.dir, name);
    mkdirSync(dir);
    const entrypoint = slotEntryPoint(PYTHON, path.join(PROBE, 'launcher.py'), dir);
    await submitJob(this.endpoint, { entrypoint, submissionId: name, runtimeEnv: {}, metadata: {} });
    await until(`${name} waits`, () => readdirSync(dir).includes('waiting'));
    return name;
  }

  fill(slot: string, command: Command): void {
    const file = path.join(this.dir, slot, 'command.json');
    writeFileSync(`${file}.tmp`, JSON.stringify({ env: {}, runtimeEnv: {}, run: `run-${slot}`, ...command }));
    renameSync(`${file}.tmp`, file);
  }

  /** Runs a Python script in a slot to its end. */
  async run(
    script: string,
    command: Partial<Command> = {},
  ): Promise<{ exit: string; log: string; jobId: string }> {
    const slot = await this.slot();
    this.fill(slot, {
      argv: [PYTHON, path.resolve(script)],
      cwd: path.dirname(path.resolve(script)),
      ...command,
    });
    const job = await this.ended(slot);
    return { exit: this.exit(slot), log: this.log(slot), jobId: job.jobId ?? '' };
  }

  async ended(slot: string): Promise<JobDetails> {
    let job: JobDetails | null = null;
    await until(`${slot} ends`, async () =>
      isJobOver((job = await readJob(this.endpoint, slot))?.status ?? 'PENDING'),
    );
    return job!;
  }

  stopJob(slot: string): Promise<void> {
    return stopJob(this.endpoint, slot);
  }

  exit(slot: string): string {
    return readFileSync(path.join(this.dir, slot, 'exit'), 'utf8').trim();
  }

  log(slot: string): string {
    return readFileSync(path.join(this.dir, `r/session_latest/logs/job-driver-${slot}.log`), 'utf8');
  }

  /** Waits until `isWhole` is content with what was recorded for a job. */
  async recorded(jobId: string, isWhole: (recorded: Recorded) => boolean): Promise<Recorded> {
    const read = () => readRecorded(path.join(this.spool, `${jobId}.0.jsonl`));
    await until(`the records of job ${jobId}`, () => isWhole(read()), 20_000).catch((error: Error) => {
      throw new Error(`${error.message}: ${JSON.stringify({ ...read(), lines: [] }, null, 1)}`);
    });
    return read();
  }

  async end(): Promise<void> {
    await endMarked(`TEST_RAY=${this.dir}`);
    rmSync(this.dir, { recursive: true, force: true });
  }

  private environment(): Record<string, string> {
    const { token } = this.endpoint;
    const own = {
      ...(token === null ? { RAY_AUTH_MODE: 'disabled' } : { RAY_AUTH_MODE: 'token', RAY_AUTH_TOKEN: token }),
      ...{ SPT_NOENV: '1', TEST_RAY: this.dir },
    };
    if (!this.hasProbe) return own;
    return {
      ...own,
      HELIOSTAT_SPOOL: this.spool,
      HELIOSTAT_NODE: '0',
      RAY_preload_python_modules: 'heliostat_worker',
      PYTHONPATH: PROBE,
    };
  }
}

/** The last line of a log that is a JSON object; workers' output may follow it. */
export function lastJson(log: string): unknown {
  const line = log.split('\n').findLast((one) => one.startsWith('{'));
  if (!line) throw new Error(`There is no JSON in: ${log}`);
  return JSON.parse(line);
}

function readRecorded(file: string): Recorded {
  const lines = readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Json)
    .map(
      (line) => ({ start: [], end: [], ...line, sub: spoolSubmissions(line['sub']) }) as unknown as SpoolLine,
    );
  const names = new Map<string, string>();
  for (const line of lines) {
    for (const one of line.sub) names.set(one.task, one.function);
    for (const row of line.start) names.set(row[0], row[1]);
  }
  const submissions = lines.flatMap((line) =>
    line.sub.map((one) => `${names.get(one.parent)} > ${one.function} (${one.kind})`),
  );
  const ends = lines.flatMap((line) =>
    line.end.map((row) => (row[5] === null ? row[1] : `${row[1]}: ${row[5]}`)),
  );
  return { submissions: submissions.sort(), ends: ends.sort(), lines };
}
