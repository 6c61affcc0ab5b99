/** One frame's lanes: pixels first, then the names of what is wide enough. */
import type { TimelineSlices } from '../../simulator/model/views';
import { textWidth } from '../textMeasure';
import type { FunctionLooks } from './functionLooks';
import type { Inks } from './inks';
import { firstInSight, paintLane, type PixelFrame } from './lanePixels';
import type { LaneLayout } from './laneLayout';
import { AXIS_HEIGHT, GUTTER, type Stage } from './overlay';
import type { SliceLoader } from './sliceLoader';
import { ticks, type TimeWindow } from './timeScale';

export interface PaintModel {
  stage: Stage;
  ratio: number;
  inks: Inks;
  layout: LaneLayout;
  loader: Pick<SliceLoader, 'near' | 'far'>;
  looks: FunctionLooks;
}

const FOOT_PX = 3;
const NAME_FROM_PX = 34;
const MAX_NAMES = 500;
const NAME_FONT = '10px';

let image: ImageData | null = null;

export function paintLanes(context: CanvasRenderingContext2D, model: PaintModel): void {
  const { stage, ratio, inks } = model;
  const { width, height } = context.canvas;
  if (image?.width !== width || image.height !== height) image = context.createImageData(width, height);
  const frame: PixelFrame = {
    pixels: new Uint32Array(image.data.buffer),
    width,
    height,
    left: Math.round(GUTTER * ratio),
    window: stage.window,
  };
  frame.pixels.fill(inks.pixelOf('background'));
  paintGrid(frame, model);
  const { near, far } = model.loader;
  const nearPart = near && { fromMs: near.fromMs, toMs: near.toMs };
  for (const [slices, parts] of [
    [far, outside(stage.window, nearPart)],
    [near, nearPart ? [overlap(stage.window, nearPart)] : []],
  ] as const) {
    if (!slices) continue;
    const colors = inks.forFunctions(
      slices.functions.map((id) => model.looks.color(id)),
      (fn) => model.looks.isLit(slices.functions[fn]!),
    );
    eachLane(model, (lane, y, laneHeight) => {
      // Lanes that the near slices do not have are drawn from afar, whole.
      const whole = slices === far && !has(near, lane) ? [stage.window] : parts;
      const top = Math.round(y * ratio);
      const place = { lane, top, height: Math.round(laneHeight * ratio), foot: Math.round(FOOT_PX * ratio) };
      for (const part of whole) paintLane(frame, slices, colors, place, part);
    });
  }
  context.putImageData(image, 0, 0);
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  if (near) drawNames(model, near);
}

/** Lines of the axis, under everything. */
function paintGrid(frame: PixelFrame, { stage, ratio, inks }: PaintModel): void {
  const ink = inks.pixelOf('line');
  for (const { timeMs } of ticks(stage.window, stage.width - GUTTER, stage.originMs)) {
    const x = Math.round(stage.x(timeMs) * ratio);
    if (x < frame.left || x >= frame.width) continue;
    for (
      let at = Math.round(AXIS_HEIGHT * ratio) * frame.width + x;
      at < frame.pixels.length;
      at += frame.width
    )
      frame.pixels[at] = ink;
  }
}

function eachLane(model: PaintModel, draw: (lane: number, y: number, height: number) => void): void {
  const { stage, layout } = model;
  for (const item of layout.items) {
    if (item.kind !== 'lane') continue;
    const y = AXIS_HEIGHT + item.y - stage.scrollY;
    if (y + item.height > AXIS_HEIGHT && y < stage.height) draw(item.lane, y, item.height);
  }
}

function has(slices: TimelineSlices | null, lane: number): boolean {
  return slices !== null && lane >= slices.firstLane && lane < slices.firstLane + slices.offsets.length - 1;
}

function overlap(a: TimeWindow, b: TimeWindow): TimeWindow {
  return { fromMs: Math.max(a.fromMs, b.fromMs), toMs: Math.min(a.toMs, b.toMs) };
}

/** What of `window` is not in `part`. */
function outside(window: TimeWindow, part: TimeWindow | null): TimeWindow[] {
  if (!part || part.toMs <= window.fromMs || part.fromMs >= window.toMs) return [window];
  return [
    { fromMs: window.fromMs, toMs: part.fromMs },
    { fromMs: part.toMs, toMs: window.toMs },
  ].filter((one) => one.toMs > one.fromMs);
}

function drawNames(model: PaintModel, slices: TimelineSlices): void {
  const { stage, inks, looks } = model;
  const { context, theme } = stage;
  context.font = `${NAME_FONT} ${theme.fontFamily}`;
  context.textBaseline = 'middle';
  context.textAlign = 'left';
  const names = slices.functions.map((id) => looks.name(id));
  const inksOf = slices.functions.map((id) => (looks.isLit(id) ? inks.textOn(looks.color(id)) : theme.dim));
  const tick = slices.tickMs;
  const first = (stage.window.fromMs - slices.fromMs) / tick;
  const last = (stage.window.toMs - slices.fromMs) / tick;
  let drawn = 0;
  eachLane(model, (lane, y, height) => {
    if (!has(slices, lane)) return;
    const at = lane - slices.firstLane;
    const to = slices.offsets[at + 1]!;
    for (let i = firstInSight(slices, slices.offsets[at]!, to, first); i < to && drawn < MAX_NAMES; i++) {
      if (slices.start[i]! > last) break;
      if (slices.count[i] !== 1) continue;
      const x0 = Math.max(GUTTER, stage.x(slices.fromMs + slices.start[i]! * tick));
      const x1 = Math.min(
        stage.width,
        stage.x(slices.fromMs + (slices.start[i]! + slices.length[i]!) * tick),
      );
      const name = names[slices.fn[i]!]!;
      if (x1 - x0 < NAME_FROM_PX || textWidth(name, NAME_FONT) > x1 - x0 - 8) continue;
      context.fillStyle = inksOf[slices.fn[i]!]!;
      context.fillText(name, x0 + 4, y + height / 2);
      drawn++;
    }
  });
}
