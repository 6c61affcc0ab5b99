/**
 * Words and ways out for every failure: what happened, why, and what to do next. The table is complete by its type:
 * a new failure without words does not compile. Actions name commands of the extension; `shell` is what does the
 * same in a terminal.
 */
import type { Failure } from './failure';

export interface FailureAction {
  /** The words of a button. */
  label: string;
  /** A command of the extension. */
  command: string;
  /** What to type in a terminal for the same; absent where a terminal has no equivalent. */
  shell?: string;
}

export interface FailureText {
  /** One sentence, plain. */
  title: string;
  /** More facts or the way out in words; may hold several lines; may be empty. */
  detail: string;
  actions: FailureAction[];
}

type Words = { [C in Failure['code']]: (failure: Extract<Failure, { code: C }>) => FailureText };

const showLog: FailureAction = { label: 'Show Log', command: 'heliostat.showLog' };
const openScript: FailureAction = { label: 'Open Sample', command: 'heliostat.openSample' };
const selectPython: FailureAction = {
  label: 'Select Python',
  command: 'heliostat.selectPython',
  shell: 'heliostat run SCRIPT --python PATH',
};
const openRun: FailureAction = { label: 'Open Run', command: 'heliostat.openRun', shell: 'heliostat ui' };
const openRunLog: FailureAction = { label: 'Show Output', command: 'heliostat.showRunLog' };
const clusterLog: FailureAction = { label: 'Show Cluster Log', command: 'heliostat.clusterLog' };
const settings: FailureAction = { label: 'Open Settings', command: 'heliostat.openSettings' };
const examine: FailureAction = {
  label: 'Examine This Machine',
  command: 'heliostat.doctor',
  shell: 'heliostat doctor',
};
const startCluster: FailureAction = {
  label: 'Start Cluster',
  command: 'heliostat.startCluster',
  shell: 'heliostat up',
};
const refresh: FailureAction = { label: 'Refresh', command: 'heliostat.refresh', shell: 'heliostat status' };
const refreshRuns: FailureAction = { ...refresh, shell: 'heliostat runs' };

/** A selected Python is the only one that is tried. */
const WHEN_MADE =
  'Heliostat makes an environment only where no Python is selected: neither by `--python` nor, in VS Code, by the setting `heliostat.python` or a Python extension.';

const words: Words = {
  'script-not-found': (f) => ({
    title: `There is no script at ${f.path}.`,
    detail: 'Check the path, or start from a sample.',
    actions: [openScript],
  }),
  'script-invalid': (f) => ({
    title: `${f.path} cannot run yet: ${f.diagnostics.length === 1 ? 'one thing is' : `${f.diagnostics.length} things are`} wrong with it.`,
    detail: f.diagnostics
      .map((d) => `${f.path}:${d.range.startLine + 1}:${d.range.startColumn + 1}: ${d.message}`)
      .join('\n'),
    actions: [{ label: 'Show Problems', command: 'workbench.actions.view.problems' }],
  }),
  'working-dir-not-found': (f) => ({
    title: `The working directory ${f.path} does not exist.`,
    detail: "It comes from `working-dir` in the script's annotation, relative to the script's folder.",
    actions: [],
  }),
  'working-dir-too-large': (f) => ({
    title: `The working directory is too large to upload: ${megabytes(f.sizeBytes)}, and Ray takes at most ${megabytes(f.limitBytes)}.`,
    detail: `Leave out what the cluster does not need with a .rayignore file (same form as .gitignore). The largest:\n${f.largest
      .map((entry) => `  ${megabytes(entry.sizeBytes).padStart(9)}  ${entry.path}`)
      .join('\n')}`,
    actions: [],
  }),
  'python-not-found': (f) => ({
    title: 'No Python was found.',
    detail: `Install Python 3.10 or newer, or name one. Tried: ${f.tried.join(', ') || 'nothing'}.`,
    actions: [selectPython],
  }),
  'python-unusable': (f) => ({
    title: `${f.executable} does not work as a Python.`,
    detail: f.detail,
    actions: [selectPython],
  }),
  'python-version': (f) => ({
    title: `${f.executable} is Python ${f.version}, but the script asks for ${f.required}.`,
    detail: 'Select another Python, or change `requires-python` in the script.',
    actions: [selectPython],
  }),
  'python-without-ray': (f) => ({
    title: `${f.executable} (Python ${f.version}) has no Ray.`,
    detail: `Install it with \`${f.executable} -m pip install "ray[default]"\`, or select a Python that has it. ${WHEN_MADE}`,
    actions: [selectPython],
  }),
  'python-missing-packages': (f) => ({
    title: `${f.executable} lacks what the script depends on: ${f.missing.join(', ')}.`,
    detail: `Install with \`${f.executable} -m pip install ${f.missing.map((m) => `"${m}"`).join(' ')}\`, or select a Python that has it all. ${WHEN_MADE}`,
    actions: [selectPython],
  }),
  'environment-failed': (f) => ({
    title: 'The Python environment for this script could not be made.',
    detail: `$ ${f.command}\n${f.output}`,
    actions: [selectPython, showLog],
  }),
  'ray-too-old': (f) => ({
    title: `Ray ${f.version} in ${f.where} is too old: Heliostat needs ${f.oldest} or newer.`,
    detail: `Upgrade with \`pip install -U "ray[default]>=${f.oldest}"\`.`,
    actions: [selectPython],
  }),
  'ray-answer': (f) => ({
    title: `Ray answered ${f.status} to ${f.request}.`,
    detail: f.detail,
    actions: [showLog],
  }),
  'ray-unreachable': (f) => ({
    title: `No Ray cluster answers at ${f.address}.`,
    detail: `${f.detail}\nThe address is that of Ray's dashboard, usually http://HOST:8265.`,
    actions: [settings, startCluster],
  }),
  'ray-unauthorised': (f) => ({
    title: f.tokenGiven
      ? `The cluster at ${f.address} refused the token.`
      : `The cluster at ${f.address} asks for a token.`,
    detail:
      'Where the cluster was started, `ray get-auth-token` prints it. In a terminal, set RAY_AUTH_TOKEN or RAY_AUTH_TOKEN_PATH; in VS Code, enter it when you choose the cluster.',
    actions: [{ label: 'Choose Cluster', command: 'heliostat.runOn' }],
  }),
  'token-unreadable': (f) => ({
    title: `${f.path}, which RAY_AUTH_TOKEN_PATH names, cannot be read.`,
    detail: `${f.detail}\nName the file that holds the token, or set RAY_AUTH_TOKEN. Where the cluster was started, \`ray get-auth-token\` prints it.`,
    actions: [],
  }),
  'cluster-not-found': (f) => ({
    title: `There is no cluster ${f.id}.`,
    detail: 'It may have been stopped meanwhile.',
    actions: [startCluster, refresh],
  }),
  'cluster-start-failed': (f) => ({
    title: `The cluster did not start: ${f.step}.`,
    detail: `$ ${f.command}\n${f.output}`,
    actions: [clusterLog, startCluster],
  }),
  'cluster-busy': (f) => ({
    title: `Cluster ${f.id} still runs ${f.runs.length === 1 ? 'a script' : `${f.runs.length} scripts`}.`,
    detail: 'Cancel what runs on it first, or stop it all the same with --force.',
    actions: [
      { label: 'Stop Anyway', command: 'heliostat.stopCluster', shell: `heliostat down ${f.id} --force` },
    ],
  }),
  'cluster-lost': (f) => ({
    title: `Cluster ${f.id} is gone.`,
    detail: `${f.detail}\nWhat ran on it cannot be finished; what was recorded is kept.`,
    actions: [startCluster, clusterLog],
  }),
  'nodes-impossible': (f) => ({
    title: 'This machine cannot hold that cluster.',
    detail: f.detail,
    actions: [],
  }),
  'fault-impossible': (f) => ({
    title: `"${f.kind}" cannot be done to ${f.node}.`,
    detail: f.reason,
    actions: [refresh],
  }),
  'backend-unavailable': (f) => ({
    title: `Clusters of kind "${f.backend}" do not work here.`,
    detail: f.reason,
    actions: [settings],
  }),
  'docker-unavailable': (f) => ({
    title: 'Docker does not answer.',
    detail: `${f.reason} (${f.socket})\nWithout Docker, nodes are plain processes: choose the process backend.`,
    actions: [examine, settings],
  }),
  'image-not-found': (f) => ({
    title: `The image ${f.image} is neither here nor could it be pulled.`,
    detail: f.detail,
    actions: [settings],
  }),
  'image-build-failed': (f) => ({
    title: `${f.dockerfile} could not be built into an image: ${f.step} failed.`,
    detail: f.output,
    actions: [clusterLog],
  }),
  'image-mismatch': ({ image, inside, expected }) => ({
    title: `The image ${image} runs Ray ${inside.ray} on Python ${inside.python}, and the script's environment Ray ${expected.ray} on Python ${expected.python}.`,
    detail: `What one of them sends, the other may not understand. The environment is that of ${expected.where}. Name an image with the same versions, none at all (then the one that fits is taken), or select a Python like the image's.`,
    actions: [selectPython, settings],
  }),
  'run-not-found': (f) => ({
    title: `There is no run ${f.id}.`,
    detail: 'Its record may have been removed.',
    actions: [refreshRuns],
  }),
  'task-not-found': (f) => ({
    title: `This run has no task ${f.task}.`,
    detail: '',
    actions: [],
  }),
  'replay-impossible': (f) => ({
    title: `The task ${f.task} cannot be run again.`,
    detail: f.reason,
    actions: [openRun],
  }),
  'run-failed': (f) => ({
    title: f.error ?? `The script ended with exit code ${f.exitCode}.`,
    detail: f.error ? `The script ended with exit code ${f.exitCode}.` : '',
    actions: [openRunLog, openRun],
  }),
  'job-not-started': (f) => ({
    title: 'Ray could not start the script.',
    detail: `${f.reason}\n${f.message}`.trim(),
    actions: [openRunLog, clusterLog],
  }),
  'trace-unreadable': (f) => ({
    title: `The record of this run cannot be read: ${f.path}.`,
    detail: f.detail,
    actions: [],
  }),
  'disk-full': (f) => ({
    title: 'The disk is full.',
    detail: `Nothing more can be written${f.path ? ` to ${f.path}` : ''}. The script itself is not touched by that; its record is incomplete.`,
    actions: [],
  }),
  'file-unwritable': (f) => ({
    title: `${f.path} cannot be written.`,
    detail: `${f.reason} Name another place.`,
    actions: [],
  }),
  'graph-invalid': (f) => ({
    title: `${f.path} is no task graph that can be predicted.`,
    detail: `${f.problems.join('\n')}\nIts form: {"tasks": [{"id": "a", "name": "load", "durationMs": 120, "cpus": 1, "gpus": 0, "outputBytes": 0, "deps": []}]}`,
    actions: [],
  }),
  'rehearsal-impossible': (f) => ({
    title: 'This run cannot be rehearsed.',
    detail: f.detail,
    actions: [],
  }),
  'prediction-impossible': (f) => ({
    title: 'This cannot be predicted.',
    detail: f.detail,
    actions: [],
  }),
  'engine-unreachable': (f) => ({
    title: "Heliostat's engine did not start.",
    detail: `${f.detail}\nIts log: ${f.logPath}`,
    actions: [showLog],
  }),
  'engine-version': ({ running, wanted, activeRuns }) =>
    activeRuns === null
      ? {
          title: `Another version of Heliostat has taken over (${running}; this is ${wanted}): reload this window.`,
          detail: 'Then it works with the version of Heliostat that is installed now.',
          actions: [{ label: 'Reload Window', command: 'workbench.action.reloadWindow' }],
        }
      : {
          title: `Another version of Heliostat is at work (${running}; this is ${wanted}).`,
          detail: `It ${busyWith(activeRuns)} and is replaced as soon as that ends.`,
          actions: [refresh],
        },
  'bad-request': (f) => ({ title: 'That request makes no sense here.', detail: f.detail, actions: [] }),
  cancelled: () => ({ title: 'Cancelled.', detail: '', actions: [] }),
  internal: (f) => ({
    title: 'Something went wrong inside Heliostat. This is a bug.',
    detail: f.detail,
    actions: [showLog],
  }),
};

/** An engine without runs only stays for a cluster that is coming up or going down. */
function busyWith(runs: number): string {
  if (runs === 0) return 'is starting or stopping a cluster';
  return `still has ${runs === 1 ? 'a run' : `${runs} runs`} going`;
}

/** What to tell a user about a failure. */
export function failureWords(failure: Failure): FailureText {
  return (words[failure.code] as (f: Failure) => FailureText)(failure);
}

/** The same where there is room for one text and no buttons. */
export function failureMessage(failure: Failure): string {
  const { title, detail } = failureWords(failure);
  return `${title} ${detail}`.trim();
}

function megabytes(sizeBytes: number): string {
  return `${(sizeBytes / 1048576).toFixed(1)} MiB`;
}
