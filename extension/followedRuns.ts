/** Runs that this window started: progress while they are prepared, their output, and word of a bad end. Found again after a reload. */
import * as vscode from 'vscode';
import { isEnded, type RunInfo } from '../simulator/model/run';
import type { EngineLink } from './engineLink';
import type { EngineStore } from './engineStore';
import { showFailure } from './messages';
import type { RunOutputs } from './runOutput';
import { scriptName } from './runText';

const MEMENTO = 'heliostat.followedRuns';

export interface Followed {
  context: vscode.ExtensionContext;
  link: EngineLink;
  store: EngineStore;
  outputs: RunOutputs;
  log: vscode.LogOutputChannel;
  /** Whether the user looks at this run's page, where its end is shown already. */
  isOnScreen(runId: string): boolean;
}

export class FollowedRuns implements vscode.Disposable {
  private readonly ids: Set<string>;
  private readonly preparing = new Map<string, (run: RunInfo) => void>();
  private readonly warned = new Set<string>();
  private readonly subscription: vscode.Disposable;

  constructor(private readonly to: Followed) {
    this.ids = new Set(to.context.workspaceState.get<string[]>(MEMENTO, []));
    this.subscription = to.store.onDidChange(() => this.update());
    // A window that was reloaded in the middle of a run goes on following it.
    if (this.ids.size > 0) to.store.start();
  }

  /** Follows a run from its start. */
  follow(run: RunInfo): void {
    this.ids.add(run.id);
    this.remember();
    this.to.store.addRun(run);
    this.to.outputs.open(run);
    this.showPreparation(run);
  }

  dispose(): void {
    this.subscription.dispose();
  }

  private update(): void {
    if (!this.to.store.loaded) return;
    for (const id of this.ids) {
      const run = this.to.store.runs.find((one) => one.id === id);
      if (!run) {
        this.forget(id);
        continue;
      }
      this.to.outputs.open(run);
      this.preparing.get(id)?.(run);
      this.warn(run);
      if (isEnded(run.state)) this.end(run);
    }
  }

  /** A notification with what is going on and Cancel, which leaves as soon as the script itself runs. */
  private showPreparation(run: RunInfo): void {
    if (run.state.kind !== 'preparing') return;
    const options = {
      location: vscode.ProgressLocation.Notification,
      title: scriptName(run.script),
      cancellable: true,
    };
    void vscode.window.withProgress(options, (progress, token) => {
      token.onCancellationRequested(() => {
        this.to.link
          .request('runs.cancel', { id: run.id })
          .catch((error: unknown) => this.to.log.warn(`Not cancelled: ${String(error)}`));
      });
      return new Promise<void>((resolve) => {
        this.preparing.set(run.id, (now) => {
          if (now.state.kind === 'preparing') return progress.report({ message: now.state.step });
          this.preparing.delete(run.id);
          resolve();
        });
        this.preparing.get(run.id)?.(run);
      });
    });
  }

  /** What the engine noticed before the start, for instance secrets in an upload: said once. */
  private warn(run: RunInfo): void {
    if (run.notices.length === 0 || this.warned.has(run.id)) return;
    this.warned.add(run.id);
    const text = `${scriptName(run.script)}: ${run.notices.join(' ')}`;
    const waysOut = isEnded(run.state) ? ['Open Run'] : ['Open Run', 'Cancel Run'];
    void vscode.window.showWarningMessage(text, ...waysOut).then((chosen) => {
      const command = chosen === 'Open Run' ? 'heliostat.openRun' : 'heliostat.cancelRun';
      if (chosen !== undefined) void vscode.commands.executeCommand(command, { runId: run.id });
    });
  }

  private end(run: RunInfo): void {
    this.forget(run.id);
    if (run.state.kind !== 'failed') return;
    const failure = run.state.failure;
    if (failure.code === 'run-failed' && this.to.isOnScreen(run.id)) return;
    void showFailure(this.to.log, failure, {
      uri: vscode.Uri.file(run.script),
      runId: run.id,
      ...(run.clusterId === null ? {} : { clusterId: run.clusterId }),
      prefix: scriptName(run.script),
    });
  }

  private forget(id: string): void {
    this.ids.delete(id);
    this.remember();
  }

  private remember(): void {
    void this.to.context.workspaceState.update(MEMENTO, [...this.ids]);
  }
}
