/** The log: follows its end, scrolls over all of it with bounded memory, shows colours, links and filtered lines. */
import { html, render, type TemplateResult } from 'lit';
import { live } from 'lit/directives/live.js';
import { repeat } from 'lit/directives/repeat.js';
import type { LogPiece } from '../../simulator/protocol';
import * as format from '../../simulator/model/format';
import { icon } from '../icons';
import { LogFilter, utf8Length, type Match } from './logFilter';
import { logFrame, makeScroller } from './logFrame';
import { geometryOf, LINE_PX, lineAt, wantAt, type Viewport } from './logGeometry';
import { lineTemplate } from './logLine';
import { LogReader, type Loaded, type Want } from './logReader';
import type { SourceLink } from './sourceLinks';

export interface LogModel {
  runId: string;
  workingDir: string;
  sizeBytes: number;
  /** What to say while there is nothing. */
  emptyText: string;
}

interface LogActions {
  readLog(runId: string, from: number, maxBytes: number): Promise<LogPiece>;
  openSource(link: SourceLink, anchor: Element): void;
  /** The tools changed, which stand outside of the view's element. */
  toolsChanged(): void;
}

const OVERSCAN = 12;
const FILTER_PAUSE_MS = 150;

export class LogView {
  readonly element = document.createElement('div');
  private readonly scroller: HTMLElement;
  private readonly space: HTMLElement;
  private readonly rows: HTMLElement;
  private model: LogModel | null = null;
  private reader: LogReader | null = null;
  private filter: LogFilter | null = null;
  private query = '';
  private filterTimer: ReturnType<typeof setTimeout> | undefined;
  private follow = true;
  /** The line at the upper edge and how much of it is cut off; what stays where it is when the window moves. */
  private anchor = { lineNumber: 0, cutPx: 0 };
  /** The scroll position that we set ourselves, so that its event is not taken for the user's. */
  private ownTop = -1;
  private lastWant: Want['kind'] | null = null;
  /** A byte to be shown once it is held, and the number of its line from then on. */
  private target: { byte: number; lineNumber: number | null } | null = null;

  constructor(private readonly actions: LogActions) {
    this.element.className = 'log';
    this.scroller = makeScroller();
    this.space = document.createElement('div');
    this.space.className = 'log-space';
    this.rows = document.createElement('div');
    this.rows.className = 'log-rows';
    this.space.append(this.rows);
    this.scroller.append(this.space);
    this.scroller.addEventListener('scroll', () => this.onScroll(), { passive: true });
    new ResizeObserver(() => this.place()).observe(this.scroller);
  }

  update(model: LogModel): void {
    if (this.reader?.runId !== model.runId) this.startOver(model.runId);
    this.model = model;
    this.reader!.setTotal(model.sizeBytes);
    if (this.filter && this.filter.scannedBytes < model.sizeBytes)
      void this.filter.scan().catch(() => undefined);
    this.place();
  }

  /** Tools for the pane's head. */
  tools(): TemplateResult {
    const size = this.reader?.sizeBytes ?? 0;
    return html`<span class="dim">${size > 0 ? format.bytes(size) : ''}</span>
      <vscode-textfield
        class="log-filter"
        placeholder="Filter"
        label="Show only lines with this text"
        .value=${live(this.query)}
        @input=${(event: Event) => this.onQuery((event.target as HTMLInputElement).value)}
        @keydown=${(event: KeyboardEvent) => {
          if (event.key === 'Escape') this.setQuery('');
        }}
      ></vscode-textfield>`;
  }

  /** Shows only lines with this text. */
  filterBy(text: string): void {
    this.setQuery(text);
  }

  private startOver(runId: string): void {
    this.reader?.dispose();
    this.filter?.dispose();
    this.filter = null;
    this.query = '';
    this.follow = true;
    this.target = null;
    this.reader = new LogReader(runId, (from, max) => this.actions.readLog(runId, from, max), {
      want: () => this.want(),
      loaded: (loaded) => this.onLoaded(loaded),
    });
  }

  // What to hold

  private want(): Want | null {
    const reader = this.reader!;
    if (reader.totalBytes === 0 || (this.filter && !this.target)) return null;
    if (this.target && this.target.lineNumber === null) {
      return { kind: 'byte', byte: this.target.byte - 16 * 1024 };
    }
    if (this.follow) return reader.window.nextByte < reader.totalBytes ? { kind: 'end' } : null;
    const want = wantAt(reader.window, reader, this.viewport());
    // Lines so long that few of them are held would be asked for at both ends in turn for ever.
    const turned =
      (this.lastWant === 'before' && want?.kind === 'after') ||
      (this.lastWant === 'after' && want?.kind === 'before');
    if (want === null || turned) return null;
    this.lastWant = want.kind;
    return want;
  }

  private onLoaded(loaded: Loaded): void {
    this.actions.toolsChanged();
    const { window } = this.reader!;
    if (this.target && loaded.kind === 'byte') {
      const index = lineAt(window, this.target.byte, utf8Length);
      this.target.lineNumber = window.firstLineNumber + index;
      this.anchor = {
        lineNumber: this.target.lineNumber,
        cutPx: -Math.floor(this.scroller.clientHeight / 3),
      };
    } else if (loaded.kind === 'byte') {
      this.anchor = {
        lineNumber: window.firstLineNumber + lineAt(window, loaded.byte, utf8Length),
        cutPx: 0,
      };
    }
    this.place();
  }

  // Where to look

  private viewport(): Viewport {
    return { topPx: this.scroller.scrollTop, heightPx: this.scroller.clientHeight };
  }

  private onScroll(): void {
    if (Math.abs(this.scroller.scrollTop - this.ownTop) < 1) return;
    this.ownTop = -1;
    this.lastWant = null;
    const { scrollTop, clientHeight, scrollHeight } = this.scroller;
    const atEnd = scrollTop + clientHeight >= scrollHeight - LINE_PX;
    if (!this.filter) {
      this.follow = atEnd;
      this.keepAnchor();
    }
    this.draw();
    this.reader!.poke();
  }

  private keepAnchor(): void {
    const { window } = this.reader!;
    const intoPx = this.scroller.scrollTop - geometryOf(window, this.reader!).topPx;
    const index = Math.floor(intoPx / LINE_PX);
    this.anchor = { lineNumber: window.firstLineNumber + index, cutPx: intoPx - index * LINE_PX };
  }

  /** Moves the scroll position to where it belongs after the window or the size changed. */
  private place(): void {
    if (!this.reader) return;
    this.draw();
    if (this.filter) return;
    const { window } = this.reader;
    const { topPx } = geometryOf(window, this.reader);
    const anchoredPx =
      topPx + (this.anchor.lineNumber - window.firstLineNumber) * LINE_PX + this.anchor.cutPx;
    this.scroller.scrollTop = this.follow ? this.scroller.scrollHeight : Math.max(0, anchoredPx);
    this.ownTop = this.scroller.scrollTop;
    this.draw();
  }

  private jumpToNewest(): void {
    this.follow = true;
    this.target = null;
    this.place();
    this.reader?.poke();
    this.scroller.focus();
  }

  // Filter

  private onQuery(query: string): void {
    clearTimeout(this.filterTimer);
    this.filterTimer = setTimeout(() => this.setQuery(query), FILTER_PAUSE_MS);
  }

  private setQuery(query: string): void {
    clearTimeout(this.filterTimer);
    if (query === this.query || !this.reader) return;
    const { runId } = this.reader;
    this.filter?.dispose();
    this.query = query;
    this.target = null;
    this.filter =
      query === ''
        ? null
        : new LogFilter(
            query,
            (from, max) => this.actions.readLog(runId, from, max),
            () => this.draw(),
          );
    void this.filter?.scan().catch(() => undefined);
    this.place();
    this.actions.toolsChanged();
    this.reader.poke();
  }

  private showInLog(match: Match): void {
    this.filter?.dispose();
    this.filter = null;
    this.query = '';
    this.follow = false;
    this.target = { byte: match.byte, lineNumber: null };
    this.reader!.poke();
    this.draw();
    this.actions.toolsChanged();
    this.scroller.focus();
  }

  // Drawing

  private draw(): void {
    if (!this.reader || !this.model) return;
    const matches = this.filter?.found();
    const { window } = this.reader;
    const count = matches?.length ?? window.lineCount;
    const geometry = matches
      ? { topPx: 0, linesPx: count * LINE_PX, bottomPx: 0 }
      : geometryOf(window, this.reader);
    this.space.style.height = `${geometry.topPx + geometry.linesPx + geometry.bottomPx}px`;
    const { topPx, heightPx } = this.viewport();
    const first = clamp(Math.floor((topPx - geometry.topPx) / LINE_PX) - OVERSCAN, 0, count);
    const last = clamp(Math.ceil((topPx + heightPx - geometry.topPx) / LINE_PX) + OVERSCAN, 0, count);
    this.rows.style.transform = `translateY(${geometry.topPx + first * LINE_PX}px)`;
    const numbers = Array.from({ length: last - first }, (_, offset) => first + offset);
    render(
      repeat(
        numbers,
        (index) => (matches ? `m${index}` : window.firstLineNumber + index),
        (index) => (matches ? this.matchTemplate(matches[index]!) : this.rowTemplate(index)),
      ),
      this.rows,
    );
    this.drawFrame(this.model);
  }

  private drawFrame(model: LogModel): void {
    const { totalBytes, sizeBytes } = this.reader!;
    const { filter, query, scroller } = this;
    const readPct = filter ? (100 * filter.scannedBytes) / Math.max(1, totalBytes) : 0;
    const found = filter && { query, count: filter.found().length, readPct };
    const empty = sizeBytes === 0;
    const behind = !filter && !this.follow && !empty;
    render(
      logFrame(
        { scroller, empty, emptyText: model.emptyText, found, behind },
        { clearFilter: () => this.setQuery(''), jumpToNewest: () => this.jumpToNewest() },
      ),
      this.element,
    );
  }

  private rowTemplate(index: number): TemplateResult {
    const { window } = this.reader!;
    const isTarget = this.target?.lineNumber === window.firstLineNumber + index;
    return html`<div class="log-row ${isTarget ? 'target' : ''}">${this.line(window.lines[index]!)}</div>`;
  }

  private matchTemplate(match: Match): TemplateResult {
    return html`<div class="log-row match">
      <button class="in-log" title="Show in the whole log" @click=${() => this.showInLog(match)}>
        ${icon('reveal')}
      </button>
      <span class="log-text">${this.line(match.line)}</span>
    </div>`;
  }

  private line(text: string): unknown {
    return lineTemplate(text, {
      workingDir: this.model!.workingDir,
      needle: this.query.toLowerCase(),
      openSource: (link, anchor) => this.actions.openSource(link, anchor),
    });
  }
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}
