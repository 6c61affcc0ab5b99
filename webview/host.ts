/** What surrounds the page: VS Code's extension, or a browser. Everything that differs between the two is here. */
import { SocketCarrier, VsCodeCarrier, type Carrier, type VsCodeApi } from './carrier';
import type { HostNotice } from './hostMessages';

export interface Host {
  readonly kind: 'vscode' | 'browser';
  readonly carrier: Carrier;
  /** The run that the page was opened for, when its place says so. */
  readonly initialRunId: string | null | undefined;
  loadState(): unknown;
  saveState(state: unknown): void;
  /** Opens a file in an editor; false where the page must say itself how to get there. `line` is from 1. */
  openSource(file: string, line: number): boolean;
  openExternal(url: string): void;
  /** Runs a command of the extension; only in VS Code. */
  runCommand(command: string, runId: string | null, task?: string): void;
  /** The page shows this run now; null is the list. */
  showing(runId: string | null, title: string): void;
}

declare function acquireVsCodeApi(): VsCodeApi;

/** Called when the surroundings ask for another run, at times beside one to compare it with. */
export type OnShow = (runId: string | null, compareWith?: string) => void;

export function findHost(onShow: OnShow): Host {
  return typeof acquireVsCodeApi === 'function'
    ? new VsCodeHost(acquireVsCodeApi(), onShow)
    : new BrowserHost(onShow);
}

class VsCodeHost implements Host {
  readonly kind = 'vscode';
  readonly carrier: Carrier;
  readonly initialRunId = undefined;

  constructor(
    private readonly api: VsCodeApi,
    onShow: OnShow,
  ) {
    const onNotice = (notice: HostNotice): void => {
      if (notice.kind === 'show') onShow(notice.runId, notice.compareWith);
    };
    this.carrier = new VsCodeCarrier(api, onNotice);
    api.postMessage({ host: { kind: 'ready' } });
  }

  loadState(): unknown {
    return this.api.getState();
  }

  saveState(state: unknown): void {
    this.api.setState(state);
  }

  openSource(file: string, line: number): boolean {
    this.api.postMessage({ host: { kind: 'openSource', file, line } });
    return true;
  }

  openExternal(url: string): void {
    this.api.postMessage({ host: { kind: 'openExternal', url } });
  }

  runCommand(command: string, runId: string | null, task?: string): void {
    const about = { runId, ...(task === undefined ? {} : { task }) };
    this.api.postMessage({ host: { kind: 'command', command, ...about } });
  }

  showing(runId: string | null, title: string): void {
    this.api.postMessage({ host: { kind: 'showing', runId, title } });
  }
}

const SECRET_KEY = 'heliostat.secret';
const STATE_KEY = 'heliostat.state';

/** `/` is the list, `/run/<id>` a run; the secret comes once as `?token=` or `#token=` and leaves the address at once. */
class BrowserHost implements Host {
  readonly kind = 'browser';
  readonly carrier: Carrier;
  readonly initialRunId = runIdOf(location.pathname);

  constructor(onShow: OnShow) {
    this.carrier = new SocketCarrier(takeSecret());
    window.addEventListener('popstate', () => onShow(runIdOf(location.pathname)));
  }

  loadState(): unknown {
    const saved = sessionStorage.getItem(STATE_KEY);
    return saved === null ? null : (JSON.parse(saved) as unknown);
  }

  saveState(state: unknown): void {
    sessionStorage.setItem(STATE_KEY, JSON.stringify(state));
  }

  openSource(): boolean {
    return false;
  }

  openExternal(url: string): void {
    window.open(url, '_blank', 'noopener');
  }

  runCommand(): void {}

  showing(runId: string | null, title: string): void {
    document.title = title;
    const path = runId === null ? '/' : `/run/${encodeURIComponent(runId)}`;
    if (location.pathname !== path) history.pushState(null, '', path);
  }
}

function runIdOf(pathname: string): string | null {
  const match = /^\/run\/([^/]+)$/.exec(pathname);
  return match ? decodeURIComponent(match[1]!) : null;
}

function takeSecret(): string {
  const url = new URL(location.href);
  const hash = new URLSearchParams(url.hash.slice(1));
  const given = url.searchParams.get('token') ?? hash.get('token');
  if (given === null) return sessionStorage.getItem(SECRET_KEY) ?? '';
  sessionStorage.setItem(SECRET_KEY, given);
  url.searchParams.delete('token');
  url.hash = '';
  history.replaceState(null, '', url);
  return given;
}
