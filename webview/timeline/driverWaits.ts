/** The driver's blocking calls on its lane: hatched, with what they are where there is room. */
import { WAIT_NAMES } from '../../simulator/model/trace';
import type { TimelineSlices } from '../../simulator/model/views';
import * as format from '../../simulator/model/format';
import { fitText } from '../textMeasure';
import { LANE_HEIGHT, type LaneLayout } from './laneLayout';
import { AXIS_HEIGHT, GUTTER, type Stage } from './overlay';

const WORDS = Object.values(WAIT_NAMES);
const HATCH_PX = 6;
const WORDS_FROM_PX = 40;

export function drawWaits(stage: Stage, slices: TimelineSlices, layout: LaneLayout): void {
  const { context, theme } = stage;
  const y = AXIS_HEIGHT + (layout.yOfLane[0] ?? 0) - stage.scrollY;
  const { start, length, kind, count } = slices.waits;
  if (start.length === 0 || y + LANE_HEIGHT < AXIS_HEIGHT) return;
  context.save();
  context.beginPath();
  context.rect(GUTTER, AXIS_HEIGHT, stage.width - GUTTER, stage.height);
  context.clip();
  context.font = `10px ${theme.fontFamily}`;
  context.textBaseline = 'middle';
  for (let i = 0; i < start.length; i++) {
    const fromMs = slices.fromMs + start[i]! * slices.tickMs;
    const left = Math.max(GUTTER, stage.x(fromMs));
    const right = Math.min(stage.width, stage.x(fromMs + length[i]! * slices.tickMs));
    if (right <= GUTTER || left >= stage.width) continue;
    drawSpan(stage, left, Math.max(2, right - left), y);
    if (right - left < WORDS_FROM_PX || count[i]! > 1) continue;
    const words = `${WORDS[kind[i]!]!} ${format.duration(length[i]! * slices.tickMs)}`;
    const text = fitText(words, '10px', right - left - 10);
    const width = context.measureText(text).width;
    context.fillStyle = theme.background;
    context.fillRect(left + 3, y + 2, width + 4, LANE_HEIGHT - 4);
    context.fillStyle = theme.text;
    context.fillText(text, left + 5, y + LANE_HEIGHT / 2);
  }
  context.restore();
}

function drawSpan({ context, theme }: Stage, left: number, width: number, y: number): void {
  context.fillStyle = theme.background;
  context.fillRect(left, y, width, LANE_HEIGHT);
  context.strokeStyle = theme.dim;
  context.lineWidth = 1;
  context.strokeRect(left + 0.5, y + 0.5, Math.max(1, width - 1), LANE_HEIGHT - 1);
  if (width < HATCH_PX) return;
  context.save();
  context.beginPath();
  context.rect(left, y, width, LANE_HEIGHT);
  context.clip();
  context.beginPath();
  for (let x = left - LANE_HEIGHT; x < left + width; x += HATCH_PX) {
    context.moveTo(x, y + LANE_HEIGHT);
    context.lineTo(x + LANE_HEIGHT, y);
  }
  context.globalAlpha = 0.45;
  context.stroke();
  context.globalAlpha = 1;
  context.restore();
}
