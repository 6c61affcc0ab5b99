/** One output channel per run, which follows the run's log. */
import * as vscode from 'vscode';
import { toFailure } from '../simulator/model/failure';
import { isEnded, type RunInfo } from '../simulator/model/run';
import type { EngineLink } from './engineLink';
import type { EngineStore } from './engineStore';
import { LogFollower, PIECE_BYTES } from './logFollower';
import { scriptName, shortId } from './runText';
import { tracebackLinks } from './tracebackLinks';

const KEPT_CHANNELS = 5;

/** Keeps the newest five channels, and those of runs that are alive. */
export class RunOutputs implements vscode.Disposable, vscode.DocumentLinkProvider {
  private readonly outputs = new Map<string, RunOutput>();

  constructor(
    private readonly link: EngineLink,
    private readonly store: EngineStore,
    private readonly log: vscode.LogOutputChannel,
  ) {}

  /** The channel of a run; it is made and filled when there is none yet. */
  open(run: RunInfo): RunOutput {
    const known = this.outputs.get(run.id);
    if (known) return known;
    this.dropOldest();
    const output = new RunOutput(run, this.link, this.store, this.log);
    this.outputs.set(run.id, output);
    return output;
  }

  /** Paths in tracebacks become links to the files of this machine. */
  provideDocumentLinks(document: vscode.TextDocument): vscode.DocumentLink[] {
    const output = [...this.outputs.values()].find((one) => document.uri.path.includes(one.name));
    if (!output) return [];
    const links: vscode.DocumentLink[] = [];
    for (let line = 0; line < document.lineCount; line += 1) {
      for (const found of tracebackLinks(document.lineAt(line).text, output.workingDir)) {
        const range = new vscode.Range(line, found.start, line, found.end);
        const target = vscode.Uri.file(found.file).with({ fragment: `L${found.line}` });
        links.push(new vscode.DocumentLink(range, target));
      }
    }
    return links;
  }

  /** Closes the channel of a run that is removed. */
  close(runId: string): void {
    this.outputs.get(runId)?.dispose();
    this.outputs.delete(runId);
  }

  dispose(): void {
    for (const output of this.outputs.values()) output.dispose();
  }

  private dropOldest(): void {
    const ended = [...this.outputs.values()].filter((output) => output.ended);
    for (const output of ended.slice(0, Math.max(0, this.outputs.size - KEPT_CHANNELS + 1))) {
      this.close(output.runId);
    }
  }
}

export class RunOutput implements vscode.Disposable {
  readonly runId: string;
  readonly name: string;
  readonly workingDir: string;
  private readonly channel: vscode.OutputChannel;
  private readonly follower = new LogFollower();
  private readonly disposables: vscode.Disposable[];
  private reading = false;
  private again = false;
  private whole = false;

  constructor(
    run: RunInfo,
    private readonly link: EngineLink,
    private readonly store: EngineStore,
    private readonly log: vscode.LogOutputChannel,
  ) {
    this.runId = run.id;
    this.workingDir = run.workingDir;
    this.name = `${scriptName(run.script)} · ${shortId(run.id)}`;
    this.channel = vscode.window.createOutputChannel(this.name);
    this.disposables = [
      this.channel,
      link.watch([`run:${run.id}`]),
      link.onChanged((topic) => {
        if (topic === `run:${run.id}`) void this.read();
      }),
      link.onState((state) => {
        if (state.kind === 'connected') void this.read();
      }),
      store.onDidChange(() => {
        if (this.ended && !this.whole) void this.read();
      }),
    ];
    void this.read();
  }

  /** Whether the run is over, so that no more output can come. */
  get ended(): boolean {
    const run = this.store.runs.find((one) => one.id === this.runId);
    return run === undefined || isEnded(run.state);
  }

  show(): void {
    this.channel.show(true);
  }

  dispose(): void {
    for (const disposable of this.disposables) disposable.dispose();
  }

  /** Reads to the log's present end. One reader at a time. */
  private async read(): Promise<void> {
    this.again = true;
    if (this.reading || this.whole) return;
    this.reading = true;
    try {
      while (this.again) {
        this.again = false;
        const ended = this.ended;
        await this.readToEnd();
        this.whole = ended;
      }
    } catch (error) {
      this.log.warn(`The output of run ${this.runId} was not read: ${toFailure(error).code}`);
    } finally {
      this.reading = false;
    }
  }

  private async readToEnd(): Promise<void> {
    for (let more = true; more;) {
      const piece = await this.link.request('runs.log', {
        id: this.runId,
        from: this.follower.nextByte,
        maxBytes: PIECE_BYTES,
      });
      const step = this.follower.accept(piece);
      if (step.clear) this.channel.clear();
      if (step.text !== '') this.channel.append(step.text);
      more = step.more;
    }
  }
}
