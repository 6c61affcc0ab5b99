/** Carries frames between a page and the engine as they are, over a connection of the page's own. Without `vscode`. */
import type { RawConnection } from '../simulator/client/connection';
import { failureWords } from '../simulator/model/failureWords';
import { toFailure } from '../simulator/model/failure';
import type { RequestFrame, ServerFrame } from '../simulator/protocol';
import type { HostToPage } from '../webview/hostMessages';

const FIRST_RETRY_MS = 250;
const LAST_RETRY_MS = 10_000;

interface Line {
  raw: RawConnection | undefined;
  /** Frames from before the connection was there. */
  queue: string[];
  /** Whether the page has spoken on it. */
  used: boolean;
}

/**
 * `hello` begins a conversation, so a page that was loaded again gets a fresh connection by saying it. After a loss
 * the page is told, the connection comes back by itself, and the page is told again.
 */
export class PanelRelay {
  private line: Line | undefined;
  private retry: NodeJS.Timeout | undefined;
  private retryMs = FIRST_RETRY_MS;

  constructor(
    private readonly open: () => Promise<RawConnection>,
    private readonly post: (message: HostToPage) => void,
  ) {}

  /** Takes a frame from the page. */
  receive(frame: RequestFrame): void {
    if (frame.method === 'hello' && this.line?.used !== false) this.begin();
    if (!this.line) return;
    this.line.used = true;
    const text = JSON.stringify(frame);
    if (this.line.raw) this.line.raw.send(text);
    else this.line.queue.push(text);
  }

  /** Ends the conversation, for instance since nobody looks at the page; `hello` begins the next. */
  stop(): void {
    clearTimeout(this.retry);
    this.line?.raw?.dispose();
    this.line = undefined;
  }

  private begin(): void {
    this.stop();
    const line: Line = { raw: undefined, queue: [], used: false };
    this.line = line;
    this.open().then(
      (raw) => this.opened(line, raw),
      (error: unknown) => this.lost(line, failureWords(toFailure(error)).title),
    );
  }

  private opened(line: Line, raw: RawConnection): void {
    if (this.line !== line) return raw.dispose();
    line.raw = raw;
    raw.onMessage((text) => {
      if (this.line === line) this.post({ engine: JSON.parse(text) as ServerFrame });
    });
    raw.onClosed((reason) => this.lost(line, reason));
    this.retryMs = FIRST_RETRY_MS;
    this.post({ host: { kind: 'connection', state: 'open' } });
    for (const text of line.queue.splice(0)) raw.send(text);
  }

  private lost(line: Line, reason: string): void {
    if (this.line !== line) return;
    this.line = undefined;
    this.post({ host: { kind: 'connection', state: 'closed', reason } });
    this.retry = setTimeout(() => this.begin(), this.retryMs);
    this.retryMs = Math.min(this.retryMs * 2, LAST_RETRY_MS);
  }
}
