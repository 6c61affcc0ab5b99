/** Search on the timeline: what is typed lights what it finds; Enter goes from one to the next. */
import { html, nothing, render } from 'lit';
import type { TaskBrief } from '../../simulator/model/views';
import type { Ask } from '../ask';
import { icon } from '../icons';

export interface SearchTarget {
  /** Where the search begins when nothing was found yet. */
  moment(): number;
  onFound(task: TaskBrief): void;
  onText(): void;
  onClose(): void;
}

export class SearchBar {
  readonly element = document.createElement('div');
  /** What is searched for, in small letters; empty while closed. */
  text = '';
  private isOpen = false;
  private runId = '';
  private note = '';
  private lastMs: number | null = null;

  constructor(
    private readonly ask: Ask,
    private readonly target: SearchTarget,
  ) {
    this.element.className = 'timeline-search';
    this.draw();
  }

  show(runId: string): void {
    if (runId !== this.runId) this.close(false);
    this.runId = runId;
  }

  open(): void {
    this.isOpen = true;
    this.draw();
    this.element.querySelector('input')?.focus();
  }

  private close(tell: boolean): void {
    this.isOpen = false;
    this.text = this.note = '';
    this.lastMs = null;
    this.draw();
    this.target.onText();
    if (tell) this.target.onClose();
  }

  private async find(backwards: boolean): Promise<void> {
    if (this.text === '') return;
    const timeMs = this.lastMs ?? this.target.moment();
    const query = {
      id: this.runId,
      text: this.text,
      timeMs: Number.isFinite(timeMs) ? timeMs : 0,
      backwards,
    };
    const found = await this.ask('runs.findTask', query).catch(() => null);
    this.note = found ? '' : backwards || this.lastMs !== null ? 'No more' : 'Nothing found';
    if (found) {
      this.lastMs = found.startMs;
      this.target.onFound(found);
    }
    this.draw();
  }

  private draw(): void {
    this.element.hidden = !this.isOpen;
    render(
      this.isOpen
        ? html`<input
              type="search"
              aria-label="Find in the timeline"
              placeholder="Function, error or task id"
              .value=${this.text}
              @input=${(event: Event) => {
                this.text = (event.target as HTMLInputElement).value.trim().toLowerCase();
                this.lastMs = null;
                this.note = '';
                this.draw();
                this.target.onText();
              }}
              @keydown=${(event: KeyboardEvent) => {
                if (event.key === 'Enter') void this.find(event.shiftKey);
                else if (event.key === 'Escape') this.close(true);
                event.stopPropagation();
              }}
            /><span class="dim" role="status">${this.note}</span>
            <button
              class="tool"
              title="Previous (Shift+Enter)"
              aria-label="Previous"
              @click=${() => this.find(true)}
            >
              ${icon('up')}
            </button>
            <button class="tool" title="Next (Enter)" aria-label="Next" @click=${() => this.find(false)}>
              ${icon('down')}
            </button>
            <button
              class="tool"
              title="Close (Esc)"
              aria-label="Close search"
              @click=${() => this.close(true)}
            >
              ${icon('cross')}
            </button>`
        : nothing,
      this.element,
    );
  }
}
