/** The list of runs and clusters: where the page begins when it is not opened for one run. */
import { html, nothing, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { isEnded, type RunInfo } from '../simulator/model/run';
import { clusterCard } from './clusterCard';
import * as format from '../simulator/model/format';
import { runDurationMs, stateLook } from './runState';
import type { HostData } from './state';
import { shellCommand } from '../simulator/model/shell';

export interface HomeActions {
  openRun(id: string): void;
  stopCluster(id: string, force: boolean): void;
  openExternal(url: string): void;
}

export interface HomeModel {
  data: HostData;
  nowMs: number;
  connected: boolean;
}

export function home(model: HomeModel, actions: HomeActions): TemplateResult {
  return html`<div class="home">
    <h1 class="visually-hidden">Heliostat</h1>
    <section aria-labelledby="clusters-title">
      <h2 id="clusters-title">Clusters</h2>
      ${clusterList(model, actions)}
    </section>
    <section aria-labelledby="runs-title">
      <h2 id="runs-title">Runs</h2>
      ${runList(model, actions)}
    </section>
  </div>`;
}

function clusterList({ data, nowMs, connected }: HomeModel, actions: HomeActions): TemplateResult {
  if (data.clusters === null) return skeleton(2);
  if (data.clusters.length === 0) {
    return html`<p class="empty">
      No cluster is running. One starts by itself with a run, or with <code>heliostat up</code>.
    </p>`;
  }
  return html`<div class="cluster-list">
    ${repeat(
      data.clusters,
      (cluster) => cluster.id,
      (cluster) => clusterCard({ cluster, nowMs, connected }, actions),
    )}
  </div>`;
}

function runList({ data, nowMs }: HomeModel, actions: HomeActions): TemplateResult {
  if (data.runs === null) return skeleton(5);
  if (data.runs.length === 0) {
    return html`<p class="empty">
      No runs yet. In VS Code, press <b>Run on cluster</b> over a script; in a terminal, type
      <code>heliostat run SCRIPT</code>.
    </p>`;
  }
  return html`<table class="table runs">
    <thead>
      <tr>
        <th scope="col">State</th>
        <th scope="col">Script</th>
        <th scope="col" class="number">Started</th>
        <th scope="col" class="number">Took</th>
        <th scope="col" class="number">Tasks</th>
        <th scope="col" class="number middle-only">Failed</th>
        <th scope="col" class="wide-only">Cluster</th>
      </tr>
    </thead>
    <tbody>
      ${repeat(
        data.runs,
        (run) => run.id,
        (run) => runRow(run, nowMs, actions),
      )}
    </tbody>
  </table>`;
}

function runRow(run: RunInfo, nowMs: number, actions: HomeActions): TemplateResult {
  const look = stateLook(run.state);
  const took = runDurationMs(run, nowMs);
  const open = (): void => actions.openRun(run.id);
  return html`<tr class="clickable" @click=${open}>
    <td>
      <span class="state ${look.tone}">${look.icon}<span>${look.word}</span></span>
    </td>
    <td class="script" title=${run.script}>
      <button
        class="link plain"
        @click=${(event: Event) => {
          event.stopPropagation();
          open();
        }}
      >
        ${format.fileName(run.script)}
      </button>
      <span class="dim">${shellCommand(run.args)}</span>
    </td>
    <td class="number dim" title=${format.dateTime(run.createdMs)}>${format.ago(run.createdMs, nowMs)}</td>
    <td class="number">${isEnded(run.state) ? format.duration(Math.max(0, took)) : format.elapsed(took)}</td>
    <td class="number">${run.taskCounts.total > 0 ? format.count(run.taskCounts.total) : ''}</td>
    <td class="number failed-word middle-only">
      ${run.taskCounts.failed > 0 ? format.count(run.taskCounts.failed) : ''}
    </td>
    <td class="wide-only dim">${run.clusterName ?? nothing}</td>
  </tr>`;
}

export function skeleton(lines: number): TemplateResult {
  return html`<div class="skeleton" role="status" aria-label="Loading">
    ${Array.from({ length: lines }, () => html`<span></span>`)}
  </div>`;
}
