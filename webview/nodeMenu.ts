/** What can be done to a node of the run's cluster on purpose: a menu, and a question before what cannot be undone. */
import { html, nothing, type TemplateResult } from 'lit';
import type { ClusterInfo, NodeInfo } from '../simulator/model/cluster';
import { DRAIN_DEADLINE_MS, type FaultKind } from '../simulator/model/fault';
import { FAULT_CHOICES, faultsFor, whatIsLost } from './faultChoices';
import { Floating } from './floating';

export interface NodeActions {
  /** `node` is its index. */
  fault(clusterId: string, node: number, kind: FaultKind, deadlineMs?: number): void;
}

/** The node of a menu, and its button. */
interface Place {
  cluster: ClusterInfo;
  node: NodeInfo;
  button: Element;
}

const LONGEST_DEADLINE_SECONDS = 99_999;

export class NodeMenu {
  private open: Place | null = null;
  private readonly box = new Floating(document.body, () => this.closed());

  constructor(private readonly actions: NodeActions) {
    this.box.element.classList.add('node-menu');
    this.box.element.setAttribute('role', 'region');
    this.box.element.setAttribute('aria-label', 'Faults');
  }

  /** Opens at its button, or closes again. */
  toggle(place: Place): void {
    const again = this.open?.button === place.button;
    this.close();
    if (again) return;
    this.open = place;
    place.button.setAttribute('aria-expanded', 'true');
    this.box.show(this.menu(place), place.button);
    this.focus('button');
  }

  close(): void {
    this.box.hide();
  }

  private closed(): void {
    this.open?.button.setAttribute('aria-expanded', 'false');
    this.open = null;
  }

  private menu(place: Place): TemplateResult {
    const { cluster, node } = place;
    return html`<div role="menu" aria-label="What to do to ${node.name}" @keydown=${onMenuKey}>
      ${faultsFor(cluster, node).map(
        (kind) =>
          html`<button role="menuitem" tabindex="-1" @click=${() => this.choose(place, kind)}>
            <span>${FAULT_CHOICES[kind].title}</span><span class="dim">${FAULT_CHOICES[kind].hint}</span>
          </button>`,
      )}
    </div>`;
  }

  private choose(place: Place, kind: FaultKind): void {
    const lost = whatIsLost(place.node, kind);
    if (lost === null) return this.act(place, kind);
    this.box.show(this.question(place, kind, lost), place.button);
    // What is asked first is not done by a second Enter.
    this.focus(kind === 'drain' ? 'input' : '.not-now');
    this.box.element.querySelector('input')?.select();
  }

  private question(place: Place, kind: FaultKind, lost: string): TemplateResult {
    const name = FAULT_CHOICES[kind].title;
    const submit = (event: SubmitEvent): void => {
      event.preventDefault();
      const seconds = new FormData(event.target as HTMLFormElement).get('seconds');
      this.act(place, kind, seconds === null ? undefined : Number(seconds) * 1000);
    };
    return html`<div role="alertdialog" aria-labelledby="fault-asked" aria-describedby="fault-lost">
      <form @submit=${submit}>
        <h2 id="fault-asked">${place.node.name} of ${place.cluster.name}: ${name.toLowerCase()}?</h2>
        <p id="fault-lost">${lost}</p>
        ${kind === 'drain' ? deadlineField() : nothing}
        <p class="card-actions">
          <vscode-button type="submit">${name}</vscode-button>
          <vscode-button class="not-now" secondary @click=${() => this.box.leave()}>Not now</vscode-button>
        </p>
      </form>
    </div>`;
  }

  private act({ cluster, node }: Place, kind: FaultKind, deadlineMs?: number): void {
    this.box.leave();
    this.actions.fault(cluster.id, node.index, kind, deadlineMs);
  }

  private focus(selector: string): void {
    this.box.element.querySelector<HTMLElement>(selector)?.focus();
  }
}

function deadlineField(): TemplateResult {
  return html`<label
    >Seconds until it ends
    <input
      class="field"
      name="seconds"
      type="number"
      min="1"
      max=${LONGEST_DEADLINE_SECONDS}
      step="1"
      required
      .value=${String(DRAIN_DEADLINE_MS / 1000)}
  /></label>`;
}

/** Arrow keys, Home and End move between items, as in every menu. */
function onMenuKey(event: KeyboardEvent): void {
  const items = [...(event.currentTarget as Element).querySelectorAll<HTMLElement>('[role="menuitem"]')];
  const at = items.indexOf(event.target as HTMLElement);
  const to: Record<string, number> = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 };
  const next = to[event.key];
  if (next === undefined) return;
  event.preventDefault();
  items.at(next % items.length)?.focus();
}
