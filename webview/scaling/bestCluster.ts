/** A deadline or a budget goes in, the cluster to rent comes out. */
import { html, nothing, type TemplateResult } from 'lit';
import type { ClusterChoice } from '../../simulator/model/scaling';
import { spinner } from '../icons';
import { choiceWords } from './scalingWords';

type Wanted = { deadlineMs: number } | { budget: number };

export class BestCluster {
  private kind: 'deadline' | 'budget' = 'deadline';
  private choice: ClusterChoice | null = null;
  private isAsking = false;
  private problem: string | null = null;
  private asked = 0;

  constructor(
    private readonly choose: (wanted: Wanted) => Promise<ClusterChoice | null>,
    private readonly draw: () => void,
  ) {}

  reset(): void {
    this.asked++;
    this.choice = null;
    this.problem = null;
    this.isAsking = false;
  }

  template(): TemplateResult {
    const isDeadline = this.kind === 'deadline';
    return html`<section aria-label="Best cluster">
      <h3>Best cluster</h3>
      <form class="best" @submit=${(event: SubmitEvent) => this.submit(event)}>
        <select
          class="field"
          aria-label="What it must meet"
          @change=${(event: Event) => this.setKind((event.target as HTMLSelectElement).value)}
        >
          <option value="deadline" ?selected=${isDeadline}>done within</option>
          <option value="budget" ?selected=${!isDeadline}>for at most</option>
        </select>
        <input
          class="field"
          name="amount"
          inputmode="decimal"
          required
          size="7"
          aria-label=${isDeadline ? 'Seconds' : 'Cost'}
          placeholder=${isDeadline ? 'seconds' : 'cost'}
        />
        ${isDeadline ? html`<span class="dim">s</span>` : nothing}
        <button class="field" type="submit">Find</button>
        ${this.isAsking ? spinner() : nothing}
      </form>
      ${this.problem === null ? nothing : html`<p class="choice-result" role="alert">${this.problem}</p>`}
      ${this.choice === null ? nothing : choiceWords(this.choice)}
    </section>`;
  }

  private setKind(value: string): void {
    this.kind = value === 'budget' ? 'budget' : 'deadline';
    this.choice = null;
    this.draw();
  }

  private submit(event: SubmitEvent): void {
    event.preventDefault();
    const text = new FormData(event.target as HTMLFormElement).get('amount');
    const amount = typeof text === 'string' ? Number(text.trim().replace(',', '.')) : NaN;
    if (!(amount > 0)) {
      this.problem = 'A number greater than 0, please.';
      this.draw();
      return;
    }
    void this.find(this.kind === 'deadline' ? { deadlineMs: amount * 1000 } : { budget: amount });
  }

  private async find(wanted: Wanted): Promise<void> {
    const asked = ++this.asked;
    this.isAsking = true;
    this.problem = null;
    this.draw();
    try {
      const choice = await this.choose(wanted);
      if (asked === this.asked) this.choice = choice;
    } catch {
      if (asked === this.asked) this.problem = 'That could not be found out.';
    }
    if (asked === this.asked) this.isAsking = false;
    this.draw();
  }
}
