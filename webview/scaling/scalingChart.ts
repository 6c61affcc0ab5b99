/** Time against nodes, both logarithmic: the curve with its band, the bounds, the measured point and a what-if curve. */
import uPlot from 'uplot';
import type { ScalingPoint } from '../../simulator/model/scaling';
import * as format from '../../simulator/model/format';
import { cssColor } from '../theme';
import { curvesOf, nodeTicks, timeTicks, type BoundName, type Curves } from './curves';

export interface ChartData {
  points: readonly ScalingPoint[];
  /** The same sizes under other assumptions; null without any. */
  whatIf: readonly { nodes: number; timeMs: number }[] | null;
  measured: { nodes: number; timeMs: number } | null;
}

const BOUND_COLORS: Record<BoundName, string> = {
  criticalPathMs: '--scaling-path',
  workMs: '--scaling-work',
  driverMs: '--scaling-driver',
  networkMs: '--scaling-network',
};
const TICK_PX = { x: 56, y: 30 };

export class ScalingChart {
  readonly element = document.createElement('div');
  private plot: uPlot | null = null;
  private data: ChartData | null = null;
  private curves: Curves | null = null;
  private shape = '';

  /** `onSize` hears the size that is pointed at, or null. */
  constructor(private readonly onSize: (nodes: number | null) => void) {
    this.element.className = 'scaling-chart';
    this.element.addEventListener('pointerleave', () => this.onSize(null));
    new ResizeObserver(() => this.draw()).observe(this.element);
  }

  /** The bounds that are drawn, for a legend. */
  get bounds(): BoundName[] {
    return this.curves?.bounds.map(({ name }) => name) ?? [];
  }

  update(data: ChartData): void {
    if (data.points === this.data?.points && data.whatIf === this.data.whatIf) return;
    this.data = data;
    const others = [
      ...(data.whatIf ?? []).map((point) => point.timeMs),
      ...(data.measured ? [data.measured.timeMs] : []),
    ];
    this.curves = data.points.length > 0 ? curvesOf(data.points, others) : null;
    this.draw();
  }

  recolor(): void {
    this.forget();
    this.draw();
  }

  private forget(): void {
    this.plot?.destroy();
    this.plot = null;
  }

  private draw(): void {
    const { clientWidth: width, clientHeight: height } = this.element;
    const { curves, data } = this;
    if (!curves || !data || width === 0 || height === 0) return;
    const shape = curves.bounds.map(({ name }) => name).join();
    if (shape !== this.shape) this.forget();
    this.shape = shape;
    this.plot ??= this.create(curves, width, height);
    const { plot } = this;
    if (plot.width !== width || plot.height !== height) plot.setSize({ width, height });
    const whatIf = new Map(data.whatIf?.map((point) => [point.nodes, point.timeMs]));
    plot.batch(() => {
      plot.setData(
        [
          curves.nodes,
          curves.highMs,
          curves.lowMs,
          ...curves.bounds.map(({ ms }) => ms),
          curves.nodes.map((nodes) => whatIf.get(nodes) ?? null),
          curves.timeMs,
        ],
        false,
      );
      plot.setScale('x', { min: curves.range.nodes[0], max: curves.range.nodes[1] });
      plot.setScale('y', { min: curves.range.ms[0], max: curves.range.ms[1] });
    });
  }

  private create(curves: Curves, width: number, height: number): uPlot {
    const color = (name: string) => cssColor(this.element, name);
    const line = color('--scaling-curve');
    const grid = { stroke: color('--scaling-grid'), width: 1 };
    const axis = {
      stroke: color('--scaling-text'),
      font: `11px ${getComputedStyle(this.element).fontFamily}`,
      grid,
      ticks: grid,
    };
    // What is asked for: uPlot would go on to the next power.
    const range = (_plot: uPlot, from: number, to: number): uPlot.Range.MinMax => [from, to];
    const quiet = { points: { show: false }, spanGaps: false };
    return new uPlot(
      {
        width,
        height,
        padding: [8, 12, 0, 0],
        legend: { show: false },
        scales: {
          x: { time: false, auto: false, distr: 3, log: 2, range },
          y: { auto: false, distr: 3, log: 10, range },
        },
        axes: [
          {
            ...axis,
            size: 24,
            gap: 4,
            splits: (plot, _axis, min, max) => nodeTicks(min, max, plot.width / TICK_PX.x),
            values: (_plot, splits) => splits.map((nodes) => format.shortCount(nodes)),
            filter: (_plot, splits) => splits,
          },
          {
            ...axis,
            size: 62,
            gap: 4,
            splits: (plot, _axis, min, max) => timeTicks(min, max, plot.height / TICK_PX.y),
            values: (_plot, splits) => splits.map((ms) => format.roundDuration(ms)),
            filter: (_plot, splits) => splits,
          },
        ],
        cursor: { y: false, drag: { x: false, y: false }, points: { show: false } },
        bands: [{ series: [1, 2], fill: `color-mix(in srgb, ${line} 18%, transparent)` }],
        series: [
          {},
          { ...quiet, stroke: 'transparent', width: 0 },
          { ...quiet, stroke: 'transparent', width: 0 },
          ...curves.bounds.map(({ name }) => ({
            ...quiet,
            stroke: color(BOUND_COLORS[name]),
            width: 1.25,
            dash: [5, 3],
          })),
          {
            ...quiet,
            stroke: color('--scaling-what-if'),
            width: 2,
            points: { show: true, size: 5, fill: color('--scaling-what-if') },
          },
          { stroke: line, width: 2, points: { show: true, size: 6, fill: line } },
        ],
        hooks: {
          setCursor: [
            (plot) =>
              this.onSize(plot.cursor.idx == null ? null : (this.curves?.nodes[plot.cursor.idx] ?? null)),
          ],
          draw: [(plot) => this.drawMeasured(plot)],
        },
      },
      [[]],
      this.element,
    );
  }

  /** A ring around the point that was measured, whatever the curve says there. */
  private drawMeasured(plot: uPlot): void {
    const measured = this.data?.measured;
    if (!measured) return;
    const { ctx } = plot;
    const [x, y] = [plot.valToPos(measured.nodes, 'x', true), plot.valToPos(measured.timeMs, 'y', true)];
    ctx.save();
    ctx.strokeStyle = cssColor(this.element, '--scaling-text');
    ctx.lineWidth = 1.5 * devicePixelRatio;
    ctx.beginPath();
    ctx.arc(x, y, 7 * devicePixelRatio, 0, 2 * Math.PI);
    ctx.stroke();
    ctx.restore();
  }
}
