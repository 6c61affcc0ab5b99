/** What stands out in the run: classic mistakes seen in its trace, and what the trace itself is missing. */
import { html, nothing, type TemplateResult } from 'lit';
import type { Finding } from '../simulator/model/finding';
import type { RunView } from '../simulator/model/trace';
import { codeWords } from './codeWords';
import { icon } from './icons';
import { sourceLink, type SourceActions } from './sourceLink';

export interface FindingsActions extends SourceActions {
  select(id: string | null): void;
}

const TITLES: Record<Finding['kind'], string> = {
  'waits-for-data': 'Training waits for its data',
  'serial-get': 'Waits for one result at a time',
  'tiny-tasks': 'Tasks too small to be worth it',
  'large-argument': 'A large value sent again and again',
  'driver-round-trip': 'A result passes through the driver',
  'busy-actor': 'One actor holds the others up',
  'cpus-too-few': 'Uses more CPU than it asks for',
  'cpus-too-many': 'Asks for more CPU than it uses',
};

export function findingsView(view: RunView, actions: FindingsActions): TemplateResult {
  return html`<ul class="findings" tabindex="0">
    ${view.findings.map((finding) => item(finding, view, actions))}
  </ul>`;
}

function item(finding: Finding, view: RunView, actions: FindingsActions): TemplateResult {
  const fn = view.functions.find((one) => one.id === finding.function);
  const { site } = finding;
  return html`<li class="finding">
    ${icon('warning')}
    <div>
      <p class="finding-title">${TITLES[finding.kind]}</p>
      <p>${codeWords(finding.words)}</p>
      <p class="finding-links">
        ${site === null ? nothing : sourceLink(site, view.run.workingDir, actions)}
        ${fn ? html`<button class="link" @click=${() => actions.select(fn.id)}>${fn.name}</button>` : nothing}
      </p>
    </div>
  </li>`;
}
