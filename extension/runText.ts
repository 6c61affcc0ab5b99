/** The words for runs in trees, lenses and the status bar. Pure. */
import { failureWords } from '../simulator/model/failureWords';
import { isEnded, type RunInfo } from '../simulator/model/run';
import { escapeMarkdown, factTable, type Row } from './rows';
import { ago, countOf, duration } from '../simulator/model/format';

/** `pipeline.py`. */
export function scriptName(script: string): string {
  return script.slice(Math.max(script.lastIndexOf('/'), script.lastIndexOf('\\')) + 1);
}

/** The part of a run's id that its script's name does not tell: `ndq6g` of `pipeline-ndq6g`. */
export function shortId(id: string): string {
  return id.slice(id.lastIndexOf('-') + 1);
}

/** Newest first. */
export function newestFirst(runs: readonly RunInfo[]): RunInfo[] {
  return [...runs].sort((a, b) => b.createdMs - a.createdMs);
}

/** `12/100 tasks`, or empty while there is none. */
export function progressText(run: RunInfo): string {
  const { total, finished, failed } = run.taskCounts;
  if (total === 0) return '';
  if (isEnded(run.state)) return countOf(total, 'task');
  return `${finished + failed}/${total} tasks`;
}

/** How it goes in a few words: `running · 12/100 tasks`, `succeeded in 3.4 s · 100 tasks`, `failed: ValueError: …`. */
export function stateText(run: RunInfo): string {
  const state = run.state;
  const took = tookMs(run);
  const time = took === null ? '' : ` in ${duration(took)}`;
  switch (state.kind) {
    case 'preparing':
      return state.step;
    case 'running':
      return joined('running', progressText(run));
    case 'stopping':
      return 'stopping';
    case 'succeeded':
      return joined(`succeeded${time}`, progressText(run));
    case 'cancelled':
      return `cancelled${took === null ? '' : ` after ${duration(took)}`}`;
    case 'failed':
      return `failed: ${problemText(run)}`;
  }
}

/** Why it failed, on one line; empty when it did not. */
export function problemText(run: RunInfo): string {
  if (run.state.kind !== 'failed') return '';
  const failure = run.state.failure;
  const last = run.problems.at(-1);
  if (failure.code === 'run-failed' && last) return firstLine(last.message);
  return firstLine(failureWords(failure).title).replaceAll(run.script, scriptName(run.script));
}

export function runRows(runs: readonly RunInfo[], nowMs: number): Row[] {
  return newestFirst(runs).map((run) => runRow(run, nowMs));
}

function runRow(run: RunInfo, nowMs: number): Row {
  const name = scriptName(run.script);
  const live = !isEnded(run.state);
  const state = stateText(run);
  const begun = ago(run.createdMs, nowMs);
  return {
    id: `run:${run.id}`,
    label: name,
    description: live ? state : joined(state, begun),
    ...runIcon(run),
    tooltip: runTooltip(run, begun),
    context: live ? 'run.live' : 'run.ended',
    spoken: `${name}, ${state}, started ${begun}`,
    runId: run.id,
    ...(run.clusterId === null ? {} : { clusterId: run.clusterId }),
    command: { id: 'heliostat.openRun', title: 'Open Run' },
    children: [],
    expanded: false,
  };
}

function runTooltip(run: RunInfo, begun: string): string {
  const took = tookMs(run);
  const facts = factTable(scriptName(run.script), [
    ['State', stateText(run)],
    ['Script', run.script],
    ['Arguments', run.args.join(' ')],
    ['Cluster', run.clusterName],
    ['Tasks', taskFacts(run)],
    ['Took', took === null ? null : duration(took)],
    ['Started', begun],
    ['Run', run.id],
  ]);
  const notices = run.notices.map((notice) => `\n\n$(warning) ${escapeMarkdown(notice)}`);
  return facts + notices.join('');
}

function taskFacts(run: RunInfo): string | null {
  const { total, waiting, running, finished, failed } = run.taskCounts;
  if (total === 0) return null;
  const parts = [
    [waiting, 'waiting'],
    [running, 'running'],
    [finished, 'finished'],
    [failed, 'failed'],
  ] as const;
  return parts
    .filter(([count]) => count > 0)
    .map(([count, word]) => `${count} ${word}`)
    .join(', ');
}

function runIcon(run: RunInfo): { icon: string; color?: string } {
  switch (run.state.kind) {
    case 'preparing':
    case 'stopping':
      return { icon: 'loading~spin' };
    case 'running':
      return { icon: 'sync~spin' };
    case 'succeeded':
      return { icon: 'pass', color: 'testing.iconPassed' };
    case 'failed':
      return { icon: 'error', color: 'testing.iconFailed' };
    case 'cancelled':
      return { icon: 'circle-slash' };
  }
}

/** Wall time of the script itself, null until it has ended. */
function tookMs(run: RunInfo): number | null {
  return run.startMs === null || run.endMs === null ? null : run.endMs - run.startMs;
}

function joined(...parts: string[]): string {
  return parts.filter((part) => part !== '').join(' · ');
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? '';
}
