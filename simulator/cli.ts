/** The command line. It holds no logic of its own: every command is a few requests to the engine. */
import { Argument, Command, InvalidArgumentError, Option } from 'commander';
import { VERSION } from './base/version';
import { down, showStatus, up, type UpOptions } from './cli/clusters';
import { debugAdapter } from './cli/debugAdapter';
import { doctor } from './cli/doctor';
import { faultNode, scaleGroup, type FaultOptions } from './cli/faults';
import { cancelRun, listRuns, showPage } from './cli/runs';
import { replay } from './cli/replay';
import { rehearse, type RehearseOptions } from './cli/rehearse';
import { compareRuns, showTrace, type TraceArgs } from './cli/trace';
import { runScript, type RunOptions } from './cli/run';
import { predict, showPrices, type PredictArgs } from './cli/predict';
import { EXIT, explain, leaveWithReader } from './cli/terminal';
import type { NodeType } from './model/scaling';
import { parseNodeType } from './scaling/nodeTypes';
import { FAULT_KINDS } from './model/fault';

const program = new Command('heliostat')
  .description('Run, see and debug Ray scripts on a local cluster.')
  .version(VERSION)
  .showHelpAfterError('(heliostat --help shows what there is)')
  .configureOutput({ outputError: (text, write) => write(text) })
  .exitOverride((error) => process.exit(error.exitCode === 0 ? EXIT.ok : EXIT.usage));

program
  .command('run')
  .description('run a script on a cluster and end as it ends')
  .argument('<script>', 'a Python script, annotated or not')
  .argument('[args...]', 'after --: arguments of the script instead of those in its annotation')
  .addOption(backend())
  .option('--nodes <n>', 'as many equal nodes instead of those in the annotation', positive)
  .option('--cluster <id>', 'a cluster that runs already, by its id or name')
  .option(
    '--address <url>',
    'the dashboard of a Ray cluster (its token in RAY_AUTH_TOKEN or the file RAY_AUTH_TOKEN_PATH)',
  )
  .option('--python <path>', 'the Python of the cluster')
  .option('--image <image>', 'the image of Docker nodes')
  .option('--dockerfile <path>', 'a Dockerfile to build that image from')
  .option('--no-recording', 'do not record tasks')
  .option('--json', 'print one object about the run and nothing else on standard output', false)
  .option('--open', 'open the run in a browser', false)
  .action((script: string, args: string[], options: RunOptions) =>
    leave(() => runScript(script, process.argv.includes('--') ? args : undefined, options)),
  );

program
  .command('up')
  .description('start a cluster and leave it running')
  .addOption(backend())
  .option('--nodes <n>', 'number of equal nodes', positive)
  .option('--cpus <n>', 'CPUs of each node', positive)
  .option('--gpus <n>', 'GPUs of each node, simulated where there are none', positive)
  .option('--script <path>', "the cluster that this script's annotation asks for")
  .option('--name <name>', 'a name to tell it by')
  .option('--python <path>', 'the Python of the cluster')
  .option('--image <image>', 'the image of Docker nodes')
  .option('--dockerfile <path>', 'a Dockerfile to build that image from')
  .option('--no-recording', 'do not record tasks')
  .option('--idle-minutes <n>', 'stop it after so long without a run; 0 is never', natural, 0)
  .option(
    '--orphan-minutes <n>',
    'end it when nothing has looked after it for so long; 0 is never',
    natural,
    60,
  )
  .option('--keep', 'never end or tidy it up but by `heliostat down`', false)
  .option('--json', 'print the cluster as an object', false)
  .action((options: UpOptions) => leave(() => up(options)));

program
  .command('status')
  .description('show the clusters that are there')
  .option('--json', 'print them as a list of objects', false)
  .action((options: { json: boolean }) => leave(() => showStatus(options)));

program
  .command('down')
  .description('stop clusters and remove all of them')
  .argument('[ids...]', 'which; all without any')
  .option('--force', 'also those that are running something', false)
  .action((ids: string[], options: { force: boolean }) => leave(() => down(ids, options)));

program
  .command('scale')
  .description('bring a group of nodes to another number while the cluster runs')
  .argument('<group>', 'its name in the annotation, or group1, group2, …')
  .argument('<n>', 'how many nodes, the head included', natural)
  .option('--cluster <id>', 'which cluster, by its id or name; needed only when there are several')
  .option('--json', 'print what was done as an object', false)
  .action((group: string, n: number, options: { cluster?: string; json: boolean }) =>
    leave(() => scaleGroup(group, n, options)),
  );

program
  .command('fault')
  .description('do something to a node on purpose, and see how Ray and the script take it')
  .argument('<node>', 'its name or number: head, "node 1", 1')
  .addArgument(new Argument('<kind>', 'what happens to it').choices(FAULT_KINDS))
  .option('--cluster <id>', 'which cluster, by its id or name; needed only when there are several')
  .option('--deadline <seconds>', 'how long a drained node stays', positive)
  .option('--json', 'print what was done as an object', false)
  .action((node: string, kind: FaultOptions['kind'], options: Omit<FaultOptions, 'kind'>) =>
    leave(() => faultNode(node, { ...options, kind })),
  );

program
  .command('doctor')
  .description('look at what this machine has for clusters, and say what to type for what it lacks')
  .option('--json', 'print it as an object', false)
  .action((options: { json: boolean }) => leave(() => doctor(options)));

program
  .command('runs')
  .description('list the runs that are kept')
  .option('--limit <n>', 'at most so many', positive, 30)
  .option('--json', 'print them as a list of objects', false)
  .action((options: { json: boolean; limit: number }) => leave(() => listRuns(options)));

program
  .command('trace')
  .description('print what is recorded of a run')
  .argument('<run>', "a run's id, the beginning of one, or `last`")
  .option('--json', 'print all of it, every task', false)
  .option('--perfetto <file>', 'write it for ui.perfetto.dev')
  .option('--otlp <file>', 'write it as OpenTelemetry spans')
  .option('--csv <file>', 'write its tasks as a table')
  .action((run: string, options: TraceArgs) => leave(() => showTrace(run, options)));

program
  .command('replay')
  .description('run one task of an earlier run again, alone, with the arguments that were kept of it')
  .argument('<run>', "a run's id, the beginning of one, or `last`")
  .argument(
    '[task]',
    "the task's id, the beginning of one, or its function; without it, lists what can be replayed",
  )
  .option('--json', 'print one object and nothing else on standard output', false)
  .action((run: string, task: string | undefined, options: { json: boolean }) =>
    leave(() => replay(run, task, options)),
  );

program
  .command('compare')
  .description('print two runs side by side, function by function')
  .argument('<a>', "a run's id, the beginning of one, or `last`")
  .argument('<b>', 'another one')
  .option('--json', 'print the comparison as an object', false)
  .action((a: string, b: string, options: { json: boolean }) => leave(() => compareRuns(a, b, options)));

program
  .command('predict')
  .description('predict what a run or a task graph would do on other clusters')
  .argument('[run]', "a run's id, the beginning of one, or `last`")
  .option('--graph <file>', 'a task graph as JSON instead of a run')
  .option('--nodes <list>', 'numbers of nodes, as in 1,2,4,8,16', sizes)
  .option(
    '--node-type <type>',
    'a kind of node, as in cpus=8,gpus=1,memory=32GB,price=1.2; several mix',
    nodeType,
  )
  .addOption(
    new Option('--overheads <kind>', "whose figures for Ray's own costs")
      .choices(['measured', 'published', 'none'])
      .default('measured'),
  )
  .option('--gbit <n>', 'network of each node in Gbit/s (10; with --this-machine 4)', above0)
  .option('--cold', 'all worker processes start with the run, as fast as usual with Ray', false)
  .option(
    '--this-machine',
    "all nodes are on this machine and share its cores, as a local cluster's do",
    false,
  )
  .option('--boot-seconds <n>', 'time until nodes beside the first are there', natural, 0)
  .option('--gpu-ratio <n>', 'so many times faster are GPU tasks on a real GPU than here', above0)
  .option('--deadline <time>', 'the cheapest cluster that ends within it, as in 10m', timeSpan)
  .option('--budget <n>', 'the fastest cluster that costs at most so much', above0)
  .option('--save <file>', 'write how it would go on one size as a trace, which opens like that of a run')
  .option('--json', 'print the prediction as an object', false)
  .action((run: string | undefined, options: PredictArgs) => leave(() => predict(run, options)));

program
  .command('rehearse')
  .description(
    'run a task graph on real Ray with sleeps for bodies, on a cluster of as many logical CPUs as asked',
  )
  .argument('[run]', 'the tasks of a run: its id, the beginning of one, or `last`')
  .option('--graph <files...>', 'files with tasks instead; several run one after the other')
  .option('--nodes <n>', 'number of equal nodes', positive, 1)
  .option('--cpus <n>', 'logical CPUs of each, far more than the machine has if need be', positive, 4)
  .option('--gpus <n>', 'logical GPUs of each', positive)
  .option('--node-type <type>', 'a kind of node instead, as in count=2,cpus=8,gpus=1; several mix', nodeType)
  .option('--repeat <n>', 'run each graph so often', positive, 1)
  .option('--python <path>', 'the Python of the cluster')
  .option('--no-recording', 'do not record tasks')
  .option('--keep', 'leave the cluster running afterwards', false)
  .option('--json', 'print {wallMs, tasks, …}, a list of them for several graphs', false)
  .action((run: string | undefined, options: RehearseOptions) => leave(() => rehearse(run, options)));

program
  .command('prices')
  .description('print where the prices of nodes lie, which may be edited')
  .action(() => leave(() => showPrices()));

program
  .command('cancel')
  .description('stop a run')
  .argument('<run>', "a run's id, the beginning of one, or `last`")
  .action((run: string) => leave(() => cancelRun(run)));

program
  .command('ui')
  .description('show runs and clusters in a browser')
  .argument('[run]', "a run's id, the beginning of one, or `last`")
  .option('--no-browser', 'only print the address')
  .action((run: string | undefined, options: { browser: boolean }) => leave(() => showPage(run, options)));

program
  .command('debug-adapter')
  .description('a debug adapter for editors: the Debug Adapter Protocol on standard input and output')
  .option(
    '--port <n>',
    'listen on this port instead (loopback, without a secret: only on a machine that you alone use)',
    positive,
  )
  .action((options: { port?: number }) => leave(() => debugAdapter(options)));

function backend(): Option {
  return new Option('--backend <kind>', 'what nodes are')
    .choices(['auto', 'process', 'docker'])
    .default('auto');
}

function positive(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError('It must be a whole number from 1.');
  return Number(text);
}

function natural(text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
}

function above0(text: string): number {
  const number = Number(text);
  if (!(number > 0 && Number.isFinite(number)))
    throw new InvalidArgumentError('It must be a number above 0.');
  return number;
}

function timeSpan(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h)$/.exec(text);
  if (!match) throw new InvalidArgumentError('It must be a time, as in 90s, 10m or 2h.');
  return Number(match[1]) * { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }[match[2] as 'ms' | 's' | 'm' | 'h'];
}

function sizes(text: string): number[] {
  return text.split(',').map((word) => {
    if (!/^[1-9]\d{0,8}$/.test(word.trim()))
      throw new InvalidArgumentError('It must be numbers from 1, as in 1,2,4,8,16.');
    return Number(word);
  });
}

function nodeType(text: string, before: NodeType[] | undefined): NodeType[] {
  try {
    return [...(before ?? []), parseNodeType(text)];
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
}

async function leave(command: () => Promise<number>): Promise<void> {
  process.exitCode = await command().catch(explain);
}

leaveWithReader();
void program.parseAsync();
