/** One cluster in the list: state, nodes, and the way to stop it. */
import { html, nothing, type TemplateResult } from 'lit';
import type { ClusterInfo, ClusterState, NodeInfo } from '../simulator/model/cluster';
import { failureWords } from '../simulator/model/failureWords';
import * as format from '../simulator/model/format';
import { icon, spinner } from './icons';
import { detailTemplate } from './problems';

export interface ClusterModel {
  cluster: ClusterInfo;
  nowMs: number;
  connected: boolean;
}

export interface ClusterActions {
  stopCluster(id: string, force: boolean): void;
  openExternal(url: string): void;
}

export function clusterCard(
  { cluster, nowMs, connected }: ClusterModel,
  actions: ClusterActions,
): TemplateResult {
  const { dashboardUrl, state } = cluster;
  return html`<article class="cluster" aria-label="Cluster ${cluster.name}">
    <header>
      <h3>${cluster.name}</h3>
      ${stateWord(state)}
      <span class="dim">${facts(cluster, nowMs)}</span>
      <span class="cluster-actions">
        ${
          dashboardUrl === null
            ? nothing
            : html`<button class="link" @click=${() => actions.openExternal(dashboardUrl)}>
                Ray dashboard ${icon('external')}
              </button>`
        }
        ${stopButton(cluster, connected, actions)}
      </span>
    </header>
    ${stateDetail(state)}
    ${
      cluster.nodes.length === 0
        ? nothing
        : html`<ul class="cluster-nodes">
            ${cluster.nodes.map(nodeItem)}
          </ul>`
    }
  </article>`;
}

/** Stopping a cluster that is in use would end its runs: the button says so and does it on purpose only. */
function stopButton(cluster: ClusterInfo, connected: boolean, actions: ClusterActions): TemplateResult {
  const busy = cluster.activeRuns.length;
  const words = cluster.backend === 'remote' ? 'Forget' : 'Stop';
  const title = busy > 0 ? `Ends ${format.countOf(busy, 'run')} on it` : '';
  return html`<vscode-button
    secondary
    title=${title}
    ?disabled=${!connected || cluster.state.kind === 'stopping'}
    @click=${() => actions.stopCluster(cluster.id, busy > 0)}
    >${busy > 0 ? `${words} and end ${format.countOf(busy, 'run')}` : words}</vscode-button
  >`;
}

function stateWord(state: ClusterState): TemplateResult {
  switch (state.kind) {
    case 'starting':
      return html`<span class="state busy">${spinner()}<span>Starting</span></span>`;
    case 'ready':
      return html`<span class="state good">${icon('check')}<span>Ready</span></span>`;
    case 'degraded':
      return html`<span class="state warn">${icon('warning')}<span>Degraded</span></span>`;
    case 'unreachable':
      return html`<span class="state bad">${icon('unplugged')}<span>Unreachable</span></span>`;
    case 'stopping':
      return html`<span class="state busy">${spinner()}<span>Stopping</span></span>`;
    case 'failed':
      return html`<span class="state bad">${icon('error')}<span>Failed</span></span>`;
  }
}

function stateDetail(state: ClusterState): TemplateResult | typeof nothing {
  if (state.kind === 'starting') {
    return html`<div class="preparing">
      <vscode-progress-bar aria-label="Starting"></vscode-progress-bar>
      <p>${state.step}</p>
    </div>`;
  }
  if (state.kind === 'degraded' || state.kind === 'unreachable')
    return html`<p class="reason">${state.reason}</p>`;
  if (state.kind !== 'failed') return nothing;
  const { title, detail } = failureWords(state.failure);
  return html`<p class="reason">${title}</p>
    ${detailTemplate(detail)}`;
}

function facts(cluster: ClusterInfo, nowMs: number): string {
  const parts: string[] = [cluster.backend];
  if (cluster.nodes.length > 0) parts.push(format.countOf(cluster.nodes.length, 'node'));
  if (cluster.rayVersion !== null) parts.push(`Ray ${cluster.rayVersion}`);
  if (cluster.activeRuns.length > 0) parts.push(format.countOf(cluster.activeRuns.length, 'run'));
  else if (cluster.idleStopAtMs !== null) {
    parts.push(`unused, stops in ${format.elapsed(Math.max(0, cluster.idleStopAtMs - nowMs))}`);
  }
  return parts.join(' · ');
}

function nodeItem(node: NodeInfo): TemplateResult {
  const cpus = `${format.amount(node.cpus)} CPU${node.cpus === 1 ? '' : 's'}`;
  const gpus =
    node.gpus === 0
      ? ''
      : ` · ${format.amount(node.gpus)} GPU${node.gpus === 1 ? '' : 's'}${node.gpusSimulated ? ' (simulated)' : ''}`;
  const used = node.sample?.cpuPct ?? null;
  return html`<li class=${node.state}>
    <span class="node-title">${node.name}</span>
    ${node.state === 'alive' ? nothing : html`<span class="node-${node.state}">${node.state}</span>`}
    <span class="dim">
      ${cpus}${gpus} ·
      ${format.bytes(node.memoryBytes)}${used === null ? '' : ` · CPU ${format.percent(used)}`}
    </span>
  </li>`;
}
