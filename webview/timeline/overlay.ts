/** What is drawn over and beside the lanes: the axis, names, bands, marks, the selected task and its arrows. */
import type { NodeSeries } from '../../simulator/model/trace';
import * as format from '../../simulator/model/format';
import { fitText } from '../textMeasure';
import type { Metric } from '../nodeMetrics';
import { sampleAt } from './bands';
import type { Theme } from './inks';
import type { LaneItem } from './laneLayout';
import { ticks, type TimeWindow } from './timeScale';

export const GUTTER = 132;
export const AXIS_HEIGHT = 22;

/** One frame's surroundings, in CSS pixels. */
export interface Stage {
  context: CanvasRenderingContext2D;
  theme: Theme;
  width: number;
  height: number;
  scrollY: number;
  window: TimeWindow;
  originMs: number;
  x(timeMs: number): number;
}

const SMALL = '11px';
const TINY = '10px';

export function drawAxis(stage: Stage): void {
  const { context, theme, width } = stage;
  context.fillStyle = theme.background;
  context.fillRect(0, 0, width, AXIS_HEIGHT);
  context.font = `${TINY} ${theme.fontFamily}`;
  context.textBaseline = 'middle';
  context.textAlign = 'left';
  for (const { timeMs, label } of ticks(stage.window, width - GUTTER, stage.originMs)) {
    const x = Math.round(stage.x(timeMs)) + 0.5;
    if (x < GUTTER) continue;
    line(stage, x, AXIS_HEIGHT - 5, x, AXIS_HEIGHT, theme.dim);
    context.fillStyle = theme.dim;
    context.fillText(label, x + 4, AXIS_HEIGHT / 2);
  }
  line(stage, 0, AXIS_HEIGHT + 0.5, width, AXIS_HEIGHT + 0.5, theme.line);
}

/** Under the lanes: lines of the axis would hide short tasks otherwise. */
export function drawItem(stage: Stage, item: LaneItem, name: string): void {
  const y = AXIS_HEIGHT + item.y - stage.scrollY;
  if (y + item.height < AXIS_HEIGHT || y > stage.height) return;
  if (item.kind === 'band') return drawBand(stage, item.node, item.band, y, item.height);
  const { context, theme } = stage;
  context.textBaseline = 'middle';
  context.textAlign = 'left';
  if (item.kind === 'header') {
    line(stage, 0, y + 0.5, stage.width, y + 0.5, theme.line);
    context.fillStyle = theme.text;
    context.font = `600 12px ${theme.fontFamily}`;
    chevron(stage, 9, y + item.height / 2, item.open);
    context.fillText(fitText(item.title, '600 12px', GUTTER - 30), 20, y + item.height / 2);
    return;
  }
  context.font = `${SMALL} ${theme.fontFamily}`;
  context.fillStyle = theme.dim;
  context.fillText(fitText(name, SMALL, GUTTER - 28), 20, y + item.height / 2);
}

function chevron({ context, theme }: Stage, x: number, y: number, open: boolean): void {
  context.strokeStyle = theme.dim;
  context.lineWidth = 1.25;
  context.beginPath();
  if (open) {
    context.moveTo(x - 4, y - 2);
    context.lineTo(x, y + 2);
    context.lineTo(x + 4, y - 2);
  } else {
    context.moveTo(x - 2, y - 4);
    context.lineTo(x + 2, y);
    context.lineTo(x - 2, y + 4);
  }
  context.stroke();
}

function drawBand(stage: Stage, node: NodeSeries, band: Metric, y: number, height: number): void {
  const { context, theme } = stage;
  const color = theme.chart(band.color);
  const bottom = y + height;
  const max = Math.max(1e-9, band.max(node));
  const { samples } = node;
  context.save();
  context.beginPath();
  context.rect(GUTTER, Math.max(AXIS_HEIGHT, y), stage.width - GUTTER, height);
  context.clip();
  const runs: { x: number; y: number }[][] = [[]];
  for (const sample of samples) {
    const value = band.value(sample, node);
    if (value === null) runs.push([]);
    else
      runs
        .at(-1)!
        .push({ x: stage.x(sample.timeMs), y: bottom - 1 - Math.min(1, value / max) * (height - 3) });
  }
  for (const run of runs) {
    if (run.length === 0) continue;
    context.beginPath();
    run.forEach((point, i) =>
      i === 0 ? context.moveTo(point.x, point.y) : context.lineTo(point.x, point.y),
    );
    context.strokeStyle = color;
    context.lineWidth = 1.25;
    context.stroke();
    context.lineTo(run.at(-1)!.x, bottom);
    context.lineTo(run[0]!.x, bottom);
    context.globalAlpha = 0.16;
    context.fillStyle = color;
    context.fill();
    context.globalAlpha = 1;
  }
  context.restore();
  context.font = `${TINY} ${theme.fontFamily}`;
  context.textBaseline = 'middle';
  context.textAlign = 'left';
  context.fillStyle = theme.dim;
  context.fillText(band.title, 20, y + height / 2);
}

/** The vertical line under the pointer, with the moment and each band's value there. */
export function drawCursor(stage: Stage, timeMs: number, items: readonly LaneItem[]): void {
  const { context, theme } = stage;
  const x = Math.round(stage.x(timeMs)) + 0.5;
  if (x < GUTTER) return;
  line(stage, x, AXIS_HEIGHT, x, stage.height, theme.dim);
  context.font = `${TINY} ${theme.fontFamily}`;
  context.textBaseline = 'middle';
  const label = momentText(timeMs - stage.originMs, stage.window);
  chip(stage, label, x, AXIS_HEIGHT / 2);
  for (const item of items) {
    if (item.kind !== 'band') continue;
    const y = AXIS_HEIGHT + item.y - stage.scrollY;
    if (y < AXIS_HEIGHT - item.height || y > stage.height) continue;
    const sample = sampleAt(item.node, timeMs);
    const value = sample && item.band.value(sample, item.node);
    if (value !== null)
      chip(stage, item.band.text(value, item.node), x, y + item.height / 2, theme.chart(item.band.color));
  }
}

function momentText(ms: number, window: TimeWindow): string {
  const span = window.toMs - window.fromMs;
  const decimals = span > 60_000 ? 1 : span > 5000 ? 2 : span > 500 ? 3 : span > 50 ? 4 : 6;
  if (Math.abs(ms) >= 60_000) return format.duration(ms);
  return `${(ms / 1000).toFixed(decimals)} s`;
}

/** A small label beside the cursor, on the side that has room. */
function chip(stage: Stage, text: string, x: number, y: number, mark?: string): void {
  const { context, theme } = stage;
  const width = context.measureText(text).width + 10;
  const left = x + 6 + width > stage.width ? x - 6 - width : x + 6;
  context.fillStyle = theme.background;
  context.fillRect(left, y - 8, width, 16);
  context.strokeStyle = mark ?? theme.line;
  context.lineWidth = 1;
  context.strokeRect(left + 0.5, y - 7.5, width - 1, 15);
  context.fillStyle = theme.text;
  context.textAlign = 'left';
  context.fillText(text, left + 5, y + 0.5);
}

export function line(stage: Stage, x0: number, y0: number, x1: number, y1: number, color: string): void {
  const { context } = stage;
  context.strokeStyle = color;
  context.lineWidth = 1;
  context.beginPath();
  context.moveTo(x0, y0);
  context.lineTo(x1, y1);
  context.stroke();
}
