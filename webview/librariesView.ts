/** Ray's libraries by their own terms: operators of Data, workers of Train, trials of Tune, deployments of Serve. */
import { html, type TemplateResult } from 'lit';
import { LIBRARY_TITLES, type LibraryState } from '../simulator/model/library';
import type { FunctionSummary, RunView } from '../simulator/model/trace';
import * as format from '../simulator/model/format';
import { trialsTable, tuneSummary } from './tuneTrials';
import { stateTone, stateWord, table, took } from './libraryTable';
import { trainSummary, trainTables } from './trainRuns';
import { styled } from './styled';

export function librariesView(view: RunView): TemplateResult {
  return html`<div class="libraries" tabindex="0">
    ${view.libraries.map(
      (one) =>
        html`<section class="library" aria-label="${LIBRARY_TITLES[one.library]} ${one.name}">
          <header>
            <span class="chip-html">${LIBRARY_TITLES[one.library]}</span>
            <h2>${one.name}</h2>
            <span class="state ${stateTone(one.state)}">${one.state.toLowerCase()}</span>
            <span class="dim">${summary(one)}</span>
          </header>
          ${body(one, view)}
        </section>`,
    )}
  </div>`;
}

function summary(one: LibraryState): string {
  switch (one.library) {
    case 'data':
      return [one.rows === null ? '' : format.countOf(one.rows, 'row'), took(one)]
        .filter((part) => part !== '')
        .join(' in ');
    case 'train':
      return trainSummary(one);
    case 'tune':
      return tuneSummary(one.trials);
    case 'serve':
      return format.countOf(one.deployments.length, 'deployment');
  }
}

function body(one: LibraryState, view: RunView): TemplateResult {
  switch (one.library) {
    case 'data':
      return table(
        ['Operator', 'Progress', 'Rows', 'Queued', 'State'],
        one.operators.map((op) => [
          op.name,
          progress(op.done, op.total),
          op.rows === null ? '' : format.shortCount(op.rows),
          op.queuedBlocks === null ? '' : format.shortCount(op.queuedBlocks),
          stateWord(op.state),
        ]),
      );
    case 'train':
      return trainTables(one, view);
    case 'tune':
      return trialsTable(one.trials);
    case 'serve':
      return table(
        ['Deployment', 'Replicas', 'Requests', 'p50', 'p95', 'Queued, p50', 'Calls', 'State'],
        one.deployments.map((deployment) => {
          const requests = requestsOf(view, one.name, deployment.name);
          return [
            deployment.isIngress
              ? html`${deployment.name} <span class="dim">ingress</span>`
              : deployment.name,
            replicasText(deployment.replicas),
            requests ? format.shortCount(requests.counts.total) : '',
            requests ? format.duration(requests.p50Ms) : '',
            requests ? format.duration(requests.p95Ms) : '',
            requests ? format.duration(requests.waitP50Ms) : '',
            deployment.calls.join(', '),
            stateWord(deployment.state),
          ];
        }),
      );
  }
}

/** A request is a call on a replica, which the probe records by this name; undefined where it recorded none. */
function requestsOf(view: RunView, application: string, deployment: string): FunctionSummary | undefined {
  const name = application === 'default' ? deployment : `${application}.${deployment}`;
  return view.functions.find((fn) => fn.fullName === `ray.serve.${name}.handle_request`);
}

function replicasText(replicas: readonly { state: string }[]): string {
  const running = replicas.filter((replica) => replica.state === 'RUNNING').length;
  return running === replicas.length ? String(running) : `${running} of ${replicas.length} running`;
}

function progress(done: number | null, total: number | null): TemplateResult | string {
  if (done === null) return '';
  if (total === null || total === 0) return format.shortCount(done);
  return html`<span class="library-bar" role="img" aria-label="${done} of ${total} blocks"
      ><span ${styled({ width: `${Math.min(100, (100 * done) / total)}%` })}></span></span
    >${format.shortCount(done)} of ${format.shortCount(total)}`;
}
