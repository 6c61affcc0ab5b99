/** Nodes in rows, their use over the run's time in small charts that share one time axis. */
import { html, nothing, render, type TemplateResult } from 'lit';
import type { ClusterInfo, NodeInfo, NodeSample } from '../simulator/model/cluster';
import type { NodeCondition } from '../simulator/model/fault';
import { isEnded, type RunInfo } from '../simulator/model/run';
import type { NodeSeries, RunView } from '../simulator/model/trace';
import * as format from '../simulator/model/format';
import { icon } from './icons';
import { faultsFor } from './faultChoices';
import { NodeMenu, type NodeActions } from './nodeMenu';
import { METRICS, type Metric } from './nodeMetrics';
import { Sparkline, type SparkData } from './sparkline';

const CONDITION_WORDS: Readonly<Record<NodeCondition, string>> = {
  paused: 'paused',
  draining: 'draining',
  partitioned: 'cut off',
};

/** So that a run's first seconds do not jump over the whole width. */
const LEAST_SPAN_SECONDS = 10;

export interface StripModel {
  view: RunView;
  /** What the nodes belong to, while the run is alive and something can be done to it. */
  cluster: ClusterInfo | null;
}

export class ResourceStrip {
  readonly element = document.createElement('div');
  private readonly menu: NodeMenu;
  private readonly charts = new Map<string, Sparkline>();
  private view: RunView | null = null;
  private cluster: ClusterInfo | null = null;
  /** What the mouse points at, in seconds of the run; the numbers then are of that moment everywhere. */
  private moment: number | null = null;

  constructor(actions: NodeActions) {
    this.menu = new NodeMenu(actions);
    this.element.className = 'nodes';
  }

  update({ view, cluster }: StripModel): void {
    if (this.view?.run.id !== view.run.id) this.forget();
    this.view = view;
    this.cluster = cluster;
    if (cluster === null) this.menu.close();
    this.draw();
  }

  recolor(): void {
    for (const chart of this.charts.values()) chart.recolor();
  }

  private forget(): void {
    this.menu.close();
    for (const chart of this.charts.values()) chart.dispose();
    this.charts.clear();
  }

  private draw(): void {
    const view = this.view!;
    if (view.nodes.length === 0) {
      render(nothing, this.element);
      return;
    }
    const span = spanOf(view);
    const metrics = METRICS.filter((metric) => metric.shown(view.nodes));
    this.element.style.setProperty('--metrics', String(metrics.length));
    render(
      html`<div class="node-head" aria-hidden="true">
          <span>Node</span>${metrics.map((metric) => html`<span title=${metric.hint}>${metric.title}</span>`)}
        </div>
        ${view.nodes.map((node) => this.row(node, metrics, view, span))}
        <div class="node-axis" aria-hidden="true"><span></span>${metrics.map(() => this.axis(span))}</div>`,
      this.element,
    );
  }

  private axis(span: SparkData['span']): TemplateResult {
    const at = this.moment;
    return html`<span class="axis"
      >${
        at === null
          ? html`<span>0</span><span>${format.elapsed(span.to * 1000)}</span>`
          : html`<span class="moment">at ${format.elapsed(at * 1000)}</span>`
      }</span
    >`;
  }

  private row(
    node: NodeSeries,
    metrics: readonly Metric[],
    view: RunView,
    span: SparkData['span'],
  ): TemplateResult {
    const isThere = node.state === 'alive';
    const condition = this.infoOf(node)?.condition ?? null;
    return html`<div class="node-row ${isThere ? '' : 'gone'}" role="group" aria-label=${describe(node)}>
      <div class="node-label">
        <span class="node-title">${node.name}</span>
        ${this.menuButton(node)}
        ${isThere ? nothing : html`<span class="node-${node.state}">${icon('unplugged')} ${node.state}</span>`}
        ${condition === null ? nothing : html`<span class="node-condition">${CONDITION_WORDS[condition]}</span>`}
        <span class="node-facts">${facts(node)}</span>
        ${node.gpus > 0 && node.gpusSimulated ? html`<span class="chip-html">simulated</span>` : nothing}
      </div>
      ${metrics.map((metric) => this.cell(node, metric, view, span))}
    </div>`;
  }

  private infoOf({ nodeIndex }: NodeSeries): NodeInfo | undefined {
    return this.cluster?.nodes.find(({ index }) => index === nodeIndex);
  }

  /** There where something can be done to it. */
  private menuButton(series: NodeSeries): TemplateResult | typeof nothing {
    const { cluster } = this;
    const node = this.infoOf(series);
    if (!cluster || !node || faultsFor(cluster, node).length === 0) return nothing;
    const words = `What to do to ${node.name}`;
    return html`<button
      class="tool node-more"
      title=${words}
      aria-label=${words}
      aria-haspopup="menu"
      aria-expanded="false"
      @click=${(event: Event) => this.menu.toggle({ cluster, node, button: event.currentTarget as Element })}
    >
      ${icon('more')}
    </button>`;
  }

  private cell(node: NodeSeries, metric: Metric, view: RunView, span: SparkData['span']): TemplateResult {
    if (metric.id === 'gpu' && node.gpus === 0)
      return html`<div class="node-cell none">${format.UNKNOWN}</div>`;
    const chart = this.chart(node.nodeIndex, metric);
    const startMs = originOf(view.run);
    chart.update({
      seconds: node.samples.map((sample) => (sample.timeMs - startMs) / 1000),
      values: node.samples.map((sample) => metric.value(sample, node)),
      claimed: metric.claimed ? node.samples.map((sample) => metric.claimed!(sample, node)) : null,
      max: metric.max(node),
      span,
    });
    return html`<div class="node-cell">
      <span class="node-value">${this.valueText(node, metric, view)}</span>${chart.element}
    </div>`;
  }

  /** At the moment pointed at, else now; of a run that has ended, the peak. */
  private valueText(node: NodeSeries, metric: Metric, { run }: RunView): string {
    const value = (sample: NodeSample | undefined): number | null =>
      sample ? metric.value(sample, node) : null;
    if (this.moment !== null) {
      return metric.text(value(nearest(node.samples, originOf(run), this.moment)), node);
    }
    if (!isEnded(run.state)) return metric.text(value(node.samples.at(-1)), node);
    const peak = metric.peak ? metric.peak(node) : largest(node.samples.map(value));
    return peak === null ? format.UNKNOWN : `peak ${metric.text(peak, node)}`;
  }

  private chart(nodeIndex: number, metric: Metric): Sparkline {
    const key = `${nodeIndex} ${metric.id}`;
    let chart = this.charts.get(key);
    if (!chart) {
      chart = new Sparkline(metric.color, (seconds) => this.onMoment(seconds));
      this.charts.set(key, chart);
    }
    return chart;
  }

  private onMoment(seconds: number | null): void {
    if (seconds === this.moment) return;
    this.moment = seconds;
    requestAnimationFrame(() => this.draw());
  }
}

function originOf(run: RunInfo): number {
  return run.startMs ?? run.createdMs;
}

function spanOf(view: RunView): SparkData['span'] {
  const startMs = originOf(view.run);
  let endMs = view.run.endMs ?? startMs;
  for (const node of view.nodes) endMs = Math.max(endMs, node.samples.at(-1)?.timeMs ?? startMs);
  return { from: 0, to: Math.max(LEAST_SPAN_SECONDS, (endMs - startMs) / 1000) };
}

function facts(node: NodeSeries): string {
  const parts = [`${format.amount(node.cpus)} CPU${node.cpus === 1 ? '' : 's'}`];
  if (node.gpus > 0) parts.push(`${format.amount(node.gpus)} GPU${node.gpus === 1 ? '' : 's'}`);
  return parts.join(' · ');
}

function describe(node: NodeSeries): string {
  const last = node.samples.at(-1);
  return [
    `${node.name}, ${node.state}, ${facts(node)}`,
    `CPU ${format.percent(last?.cpuPct ?? null)}, peak ${format.percent(node.peakCpuPct)}`,
    `memory ${format.bytes(last?.memoryUsedBytes ?? null)}, peak ${format.bytes(node.peakMemoryBytes)}`,
    `${format.countOf(node.tasksRun, 'task')} run`,
  ].join('; ');
}

function largest(values: readonly (number | null)[]): number | null {
  return values.reduce((a, b) => (a === null || (b !== null && b > a) ? b : a), null);
}

function nearest(samples: readonly NodeSample[], startMs: number, seconds: number): NodeSample | undefined {
  const timeMs = startMs + seconds * 1000;
  let best: NodeSample | undefined;
  for (const sample of samples) {
    if (!best || Math.abs(sample.timeMs - timeMs) < Math.abs(best.timeMs - timeMs)) best = sample;
  }
  return best;
}
