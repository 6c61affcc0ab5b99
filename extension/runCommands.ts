/** The commands about runs. */
import * as vscode from 'vscode';
import { fail } from '../simulator/model/failure';
import { isEnded, type RunInfo, type RunTarget } from '../simulator/model/run';
import type { App } from './app';
import { joinArguments, splitArguments } from './arguments';
import { NotReady } from './messages';
import type { ScriptFile } from './needs';
import { pickTarget } from './pickTarget';
import { selectedPython } from './python';
import { comparable } from '../simulator/model/comparison';
import { scriptName, stateText } from './runText';
import { searchEnv } from './searchEnv';
import { imageWish, readSettings } from './settings';
import { ago } from '../simulator/model/format';

interface Start {
  /** Absent means the annotation's own. */
  args?: string[];
  /** Absent means a local cluster as the settings say. */
  target?: RunTarget;
}

/** Starts a script and follows it. */
export function runScript(app: App, script: ScriptFile): Promise<void> {
  return start(app, script, {});
}

export async function runWithArguments(app: App, script: ScriptFile): Promise<void> {
  const key = `heliostat.arguments:${script.path}`;
  const check = await app.link.request('script.check', { path: script.path });
  const value = app.context.workspaceState.get<string>(key) ?? joinArguments(check.spec.args ?? []);
  const line = await vscode.window.showInputBox({
    title: `Run ${scriptName(script.path)} with arguments`,
    prompt: "They replace the annotation's own. Quotes work as in a shell.",
    value,
    validateInput: (text) => (splitArguments(text) ? undefined : 'A quote is left open.'),
  });
  if (line === undefined) return;
  await app.context.workspaceState.update(key, line);
  await start(app, script, { args: splitArguments(line) ?? [] });
}

export async function runOn(app: App, script: ScriptFile): Promise<void> {
  const target = await pickTarget(app, script);
  if (target) await start(app, script, { target });
}

export async function cancelRun(app: App, run: RunInfo): Promise<void> {
  await app.link.request('runs.cancel', { id: run.id });
}

export function openRun(app: App, run: RunInfo): Promise<void> {
  return Promise.resolve(app.panel.show(run.id));
}

/** Shows the run beside one that the user picks: those of the same script first, the newest before this one on top. */
export async function compareRuns(app: App, run: RunInfo): Promise<void> {
  const runs = await app.link.request('runs.list', { limit: 100 });
  const others = comparable(run, runs);
  if (others.length === 0) {
    throw new NotReady('There is no other run to compare it with.', [
      { label: 'Run on Cluster', command: 'heliostat.run' },
    ]);
  }
  const items = others.map((other) => ({
    label: scriptName(other.script),
    description: `${stateText(other)} · ${ago(other.createdMs, Date.now())}`,
    other,
  }));
  const picked = await vscode.window.showQuickPick(items, {
    title: `Compare ${scriptName(run.script)} with which run?`,
  });
  if (picked) app.panel.show(run.id, picked.other.id);
}

export function showRunLog(app: App, run: RunInfo): Promise<void> {
  return Promise.resolve(app.outputs.open(run).show());
}

export async function removeRun(app: App, run: RunInfo): Promise<void> {
  if (!isEnded(run.state)) {
    throw new NotReady(`${scriptName(run.script)} is still running.`, [
      { label: 'Cancel Run', command: 'heliostat.cancelRun' },
    ]);
  }
  await app.link.request('runs.remove', { id: run.id });
  app.outputs.close(run.id);
}

async function start(app: App, script: ScriptFile, how: Start): Promise<void> {
  app.store.start();
  await requireSound(app, script);
  const settings = readSettings(script.uri);
  const target = how.target ?? localTarget(settings);
  const python = target.kind === 'local' ? await selectedPython(script.uri, app.log) : undefined;
  const run = await app.link.request('runs.start', {
    script: script.path,
    ...(how.args ? { args: how.args } : {}),
    target,
    ...(python === undefined ? {} : { python }),
    recording: settings.recording,
    idleMinutes: settings.idleMinutes,
    orphanMinutes: settings.orphanMinutes,
    searchEnv: searchEnv(process.env),
  });
  app.followed.follow(run);
  if (settings.openRunView) app.panel.show(run.id);
  else app.outputs.open(run).show();
}

/** What is wrong with the annotation is known before anything starts, and stands in the editor already. */
async function requireSound(app: App, script: ScriptFile): Promise<void> {
  const { diagnostics } = await app.link.request('script.check', { path: script.path });
  const errors = diagnostics.filter((one) => one.severity === 'error');
  if (errors.length > 0) fail({ code: 'script-invalid', path: script.path, diagnostics: errors });
}

function localTarget(settings: ReturnType<typeof readSettings>): RunTarget {
  return {
    kind: 'local',
    backend: settings.backend,
    ...imageWish(settings),
  };
}
