/** One small chart of a node over the run's time: a measured area, and what is claimed of it as a dashed line. */
import uPlot from 'uplot';
import { cssColor } from './theme';

export interface SparkData {
  /** Seconds since the run began, ascending. */
  seconds: number[];
  /** Null is a gap. */
  values: (number | null)[];
  claimed: (number | null)[] | null;
  max: number;
  span: { from: number; to: number };
}

const HEIGHT_PX = 30;
/** Charts with one key share the moment that the mouse points at. */
const SYNC_KEY = 'heliostat';

export class Sparkline {
  readonly element = document.createElement('div');
  private plot: uPlot | null = null;
  private data: SparkData | null = null;
  private visible = false;
  /** Only the chart under the mouse says which moment is meant; the others' cursors follow it. */
  private pointedAt = false;

  /** `onMoment` hears the pointed-at moment in seconds, or null when nothing is pointed at. */
  constructor(
    private readonly colorVariable: string,
    private readonly onMoment: (seconds: number | null) => void,
  ) {
    this.element.className = 'spark';
    this.element.addEventListener('pointerenter', () => (this.pointedAt = true));
    this.element.addEventListener('pointerleave', () => {
      this.pointedAt = false;
      this.onMoment(null);
    });
    // Clusters may have many nodes: only what is in sight costs a canvas.
    new IntersectionObserver((entries) => {
      this.visible = entries.at(-1)!.isIntersecting;
      this.draw();
    }).observe(this.element);
    new ResizeObserver(() => this.resize()).observe(this.element);
  }

  update(data: SparkData): void {
    this.data = data;
    this.draw();
  }

  /** Takes the theme's colours anew. */
  recolor(): void {
    this.plot?.destroy();
    this.plot = null;
    this.draw();
  }

  dispose(): void {
    this.plot?.destroy();
    this.plot = null;
  }

  private resize(): void {
    const width = this.element.clientWidth;
    if (this.plot && width > 0 && width !== this.plot.width) this.plot.setSize({ width, height: HEIGHT_PX });
    else this.draw();
  }

  private draw(): void {
    if (!this.data || !this.visible || this.element.clientWidth === 0) return;
    const { seconds, values, claimed, max, span } = this.data;
    this.plot ??= this.create();
    this.plot.batch(() => {
      this.plot!.setData([seconds, values, claimed ?? values.map(() => null)], false);
      this.plot!.setScale('x', { min: span.from, max: span.to });
      this.plot!.setScale('y', { min: 0, max: max > 0 ? max : 1 });
    });
  }

  private onCursor(index: number | null): void {
    if (this.pointedAt) this.onMoment(index === null ? null : (this.data?.seconds[index] ?? null));
  }

  private create(): uPlot {
    const line = cssColor(this.element, this.colorVariable);
    const claimed = cssColor(this.element, '--chart-claimed');
    return new uPlot(
      {
        width: this.element.clientWidth,
        height: HEIGHT_PX,
        padding: [2, 0, 0, 0],
        legend: { show: false },
        axes: [{ show: false }, { show: false }],
        scales: { x: { time: false, auto: false }, y: { auto: false } },
        cursor: {
          y: false,
          drag: { x: false, y: false },
          points: { size: 5 },
          sync: { key: SYNC_KEY, setSeries: false },
        },
        series: [
          {},
          { stroke: line, fill: fade(line), width: 1.25, points: { show: false }, spanGaps: false },
          {
            stroke: claimed,
            width: 1,
            dash: [3, 2],
            points: { show: false },
            spanGaps: false,
            ...steps(),
          },
        ],
        hooks: { setCursor: [(plot) => this.onCursor(plot.cursor.idx ?? null)] },
      },
      [[], [], []],
      this.element,
    );
  }
}

function steps(): { paths?: uPlot.Series.PathBuilder } {
  const paths = uPlot.paths.stepped?.({ align: 1 });
  return paths ? { paths } : {};
}

/** The colour at a fifth of its strength, whatever its notation. */
function fade(color: string): string {
  return `color-mix(in srgb, ${color} 20%, transparent)`;
}
