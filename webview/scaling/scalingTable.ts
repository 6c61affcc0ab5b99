/** Sizes in rows: how long, how good, how dear, and what holds the run back there. */
import { html, nothing, type TemplateResult } from 'lit';
import type { Bottleneck, ScalingPoint } from '../../simulator/model/scaling';
import * as format from '../../simulator/model/format';
import { styled } from '../styled';

export interface ScalingTableModel {
  points: readonly ScalingPoint[];
  /** Size that the chart's pointer is at. */
  pointed: number | null;
  /** Size that was measured; its row says so. */
  measured: number | null;
  /** Times under the what-if, by size; null without one. */
  whatIf: ReadonlyMap<number, number> | null;
  /** Opens how the run would go on so many nodes. */
  open(nodes: number): void;
}

export function scalingTable({ points, pointed, measured, whatIf, open }: ScalingTableModel): TemplateResult {
  const hasGpus = points.some((point) => point.gpus > 0);
  const hasCost = points.some((point) => point.cost !== null);
  const head = (words: string, hint = '') =>
    html`<th scope="col" class="number" title=${hint || nothing}>${words}</th>`;
  return html`<div class="scaling-table">
    <table class="table">
      <caption class="visually-hidden">
        The run on clusters of several sizes
      </caption>
      <thead>
        <tr>
          ${head('Nodes')} ${head('CPUs')} ${hasGpus ? head('GPUs') : nothing} ${head('Time')}
          ${head('90 %', 'Nine of ten runs are expected within')}
          ${whatIf ? head('What if', 'The time with the changes at the right') : nothing}
          ${head('Speed-up', 'Against the smallest size')}
          ${head('Efficiency', 'Speed-up for each node: 100 % is perfect')}
          ${hasCost ? head('Cost', 'By the price table, for the whole cluster as long as the run lasts') : nothing}
          <th scope="col">Held back by</th>
        </tr>
      </thead>
      <tbody>
        ${points.map(
          (point) =>
            html`<tr class=${point.nodes === pointed ? 'selected' : ''}>
              <th scope="row" class="number">
                ${point.nodes === measured ? html`<span class="measured" title="As measured">◯</span> ` : nothing}${format.count(point.nodes)}
              </th>
              <td class="number">${format.count(point.cpus)}</td>
              ${hasGpus ? html`<td class="number">${format.count(point.gpus)}</td>` : nothing}
              <td class="number strong">
                <button
                  class="link"
                  title="Open how the run would go on ${format.countOf(point.nodes, 'node')}: its timeline, graph and tasks"
                  aria-label="${format.duration(point.timeMs)}: open how the run would go on ${format.countOf(point.nodes, 'node')}"
                  @click=${() => open(point.nodes)}
                >
                  ${format.duration(point.timeMs)}
                </button>
              </td>
              <td class="number dim">${format.duration(point.lowMs)} – ${format.duration(point.highMs)}</td>
              ${whatIf ? html`<td class="number what-if">${format.duration(whatIf.get(point.nodes) ?? null)}</td>` : nothing}
              <td class="number">${format.factor(point.speedup)}</td>
              <td class="number">${efficiency(point.efficiency)}</td>
              ${hasCost ? html`<td class="number">${format.cost(point.cost)}</td>` : nothing}
              <td class="bottlenecks">${point.bottlenecks.map(bottleneck)}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

function efficiency(share: number): TemplateResult {
  const pct = Math.max(0, Math.min(100, share * 100));
  return html`<span class="efficiency"
    ><span class="efficiency-bar"><span ${styled({ width: `${pct}%` })}></span></span
    >${format.percent(share * 100)}</span
  >`;
}

function bottleneck({ name, gainPct, where }: Bottleneck, index: number): TemplateResult {
  const gain = `Without this limit ${format.percent(gainPct)} of the time would be gone`;
  return html`<span
    class="bottleneck ${index === 0 ? 'first' : ''}"
    title="${gain}${where ? `: ${where}` : ''}"
    >${name} <span class="dim">−${format.percent(gainPct)}</span></span
  >`;
}
