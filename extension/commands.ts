/** The table of commands: what each needs, and what it does with it. Also the one boundary where failures become words. */
import * as vscode from 'vscode';
import { toFailure } from '../simulator/model/failure';
import type { App } from './app';
import * as cluster from './clusterCommands';
import { showDoctor } from './doctor';
import { faultCommand } from './faultCommands';
import type { CommandId } from './commandIds';
import * as debug from './debug/debugCommands';
import { NotReady, showFailure, showNotReady } from './messages';
import { resolveNeeds, type Needs } from './needs';
import { selectPython } from './pythonCommand';
import * as run from './runCommands';
import { openSample } from './samples';
import { scaleCommand, stepCommand } from './scaleCommands';
import { readTarget, type CommandTarget } from './target';

/** A command that needs something is called only when it is there; `needs.ts` finds it or says how to get it. */
interface Command<N extends keyof Needs> {
  needs: N;
  run(app: App, given: Needs[N], target: CommandTarget): Promise<void>;
}
type AnyCommand = { [N in keyof Needs]: Command<N> }[keyof Needs];

const table: Record<CommandId, AnyCommand> = {
  'heliostat.run': { needs: 'script', run: run.runScript },
  'heliostat.runWithArgs': { needs: 'script', run: run.runWithArguments },
  'heliostat.runOn': { needs: 'script', run: run.runOn },
  'heliostat.debug': { needs: 'script', run: debug.debugScript },
  'heliostat.debugOn': { needs: 'script', run: debug.debugOn },
  'heliostat.debugRun': { needs: 'liveRun', run: debug.attachToRun },
  'heliostat.debugContinueAll': { needs: 'trust', run: debug.continueAll },
  'heliostat.debugPauseAll': { needs: 'trust', run: debug.pauseAll },
  'heliostat.replayTask': { needs: 'endedRun', run: debug.replayTask },
  'heliostat.cancelRun': { needs: 'liveRun', run: run.cancelRun },
  'heliostat.openRun': { needs: 'run', run: run.openRun },
  'heliostat.compareRuns': { needs: 'run', run: run.compareRuns },
  'heliostat.showRunLog': { needs: 'run', run: run.showRunLog },
  'heliostat.removeRun': { needs: 'run', run: run.removeRun },
  'heliostat.startCluster': { needs: 'trust', run: cluster.startCluster },
  'heliostat.stopCluster': { needs: 'cluster', run: cluster.stopCluster },
  'heliostat.stopAllClusters': { needs: 'anyCluster', run: cluster.stopAllClusters },
  'heliostat.clusterLog': { needs: 'cluster', run: cluster.showClusterLog },
  'heliostat.explainCluster': { needs: 'cluster', run: cluster.explainCluster },
  'heliostat.openDashboard': { needs: 'cluster', run: cluster.openDashboard },
  'heliostat.scaleGroup': { needs: 'cluster', run: scaleCommand },
  'heliostat.addNode': { needs: 'cluster', run: stepCommand(1) },
  'heliostat.removeNode': { needs: 'cluster', run: stepCommand(-1) },
  'heliostat.killNode': { needs: 'cluster', run: faultCommand('kill') },
  'heliostat.pauseNode': { needs: 'cluster', run: faultCommand('pause') },
  'heliostat.resumeNode': { needs: 'cluster', run: faultCommand('resume') },
  'heliostat.drainNode': { needs: 'cluster', run: faultCommand('drain') },
  'heliostat.partitionNode': { needs: 'cluster', run: faultCommand('partition') },
  'heliostat.healNode': { needs: 'cluster', run: faultCommand('heal') },
  'heliostat.fillNode': { needs: 'cluster', run: faultCommand('oom') },
  'heliostat.openSample': { needs: 'nothing', run: openSample },
  'heliostat.selectPython': { needs: 'trust', run: selectPython },
  'heliostat.openSettings': { needs: 'nothing', run: openSettings },
  'heliostat.doctor': { needs: 'trust', run: showDoctor },
  'heliostat.showLog': { needs: 'nothing', run: (app) => Promise.resolve(app.log.show()) },
  'heliostat.refresh': { needs: 'nothing', run: (app) => app.store.refresh() },
};

/** Registers every command of the table. */
export function registerCommands(app: App): vscode.Disposable[] {
  return Object.entries(table).map(([id, command]) =>
    vscode.commands.registerCommand(id, (...args: unknown[]) => execute(app, command, readTarget(args))),
  );
}

async function execute<N extends keyof Needs>(
  app: App,
  command: Command<N>,
  target: CommandTarget,
): Promise<void> {
  try {
    const given = await resolveNeeds(command.needs, app, target);
    if (given !== undefined) await command.run(app, given, target);
  } catch (error) {
    if (error instanceof NotReady) await showNotReady(error, target);
    else await showFailure(app.log, toFailure(error), target);
  }
}

async function openSettings(): Promise<void> {
  await vscode.commands.executeCommand('workbench.action.openSettings', '@ext:heliostat.heliostat');
}
