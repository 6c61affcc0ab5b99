/** The selected task on the timeline: its outline, what it spent before it ran, and arrows of data to and from it. */
import type { TaskBrief, TaskDetails, TaskLink } from '../../simulator/model/views';
import { phasesOf, type PhaseKind } from '../tasks/phases';
import { LANE_HEIGHT, type LaneLayout } from './laneLayout';
import { AXIS_HEIGHT, GUTTER, type Stage } from './overlay';

/** Arrows beyond this are a carpet. */
const MAX_ARROWS = 40;

export function drawSelected(stage: Stage, details: TaskDetails, layout: LaneLayout, nowMs: number): void {
  const { context } = stage;
  context.save();
  context.beginPath();
  context.rect(GUTTER, AXIS_HEIGHT, stage.width - GUTTER, stage.height - AXIS_HEIGHT);
  context.clip();
  const y = topOf(stage, details, details.task.id, layout);
  if (y !== null && details.task.startMs !== null) {
    drawBefore(stage, details.task, y, nowMs);
    drawOutline(stage, details.task, y, nowMs);
    for (const link of details.inputs.slice(0, MAX_ARROWS)) drawArrow(stage, details, link, 'in', y, layout);
    for (const link of details.outputs.slice(0, MAX_ARROWS))
      drawArrow(stage, details, link, 'out', y, layout);
  }
  context.restore();
}

function topOf(stage: Stage, details: TaskDetails, task: string, layout: LaneLayout): number | null {
  const lane = details.lanes[task];
  const y = lane === undefined ? undefined : layout.yOfLane[lane];
  return y === undefined ? null : AXIS_HEIGHT + y - stage.scrollY;
}

function drawOutline(stage: Stage, task: TaskBrief, y: number, nowMs: number): void {
  const { context, theme } = stage;
  const left = stage.x(task.startMs!);
  const width = Math.max(3, stage.x(task.endMs ?? nowMs) - left);
  context.strokeStyle = theme.background;
  context.lineWidth = 4;
  context.strokeRect(left - 1, y - 1, width + 2, LANE_HEIGHT + 2);
  context.strokeStyle = theme.focus;
  context.lineWidth = 2;
  context.strokeRect(left - 1, y - 1, width + 2, LANE_HEIGHT + 2);
}

const WHISKERS: Partial<Record<PhaseKind, { width: number; dash: number[] }>> = {
  data: { width: 1.5, dash: [2, 3] },
  queue: { width: 1.5, dash: [] },
  fetch: { width: 5, dash: [] },
};

/** A whisker to the left: dotted while it waited for data, thin while it was queued, thick while it fetched. */
function drawBefore(stage: Stage, task: TaskBrief, y: number, nowMs: number): void {
  const { context, theme } = stage;
  const middle = y + LANE_HEIGHT / 2;
  for (const phase of phasesOf(task, nowMs)) {
    const look = WHISKERS[phase.kind];
    if (!look) continue;
    const ends: [number, number] = [stage.x(phase.fromMs), stage.x(phase.toMs)];
    for (const [color, extra] of [
      [theme.background, 3],
      [theme.text, 0],
    ] as const) {
      context.strokeStyle = color;
      context.lineWidth = look.width + extra;
      context.setLineDash(extra > 0 ? [] : look.dash);
      context.beginPath();
      context.moveTo(ends[0], middle);
      context.lineTo(ends[1], middle);
      context.stroke();
    }
  }
  context.setLineDash([]);
  if (task.submitMs === null) return;
  const x = Math.round(stage.x(task.submitMs)) + 0.5;
  context.lineWidth = 1.5;
  context.beginPath();
  context.moveTo(x, middle - 4);
  context.lineTo(x, middle + 4);
  context.stroke();
}

function drawArrow(
  stage: Stage,
  details: TaskDetails,
  link: TaskLink,
  way: 'in' | 'out',
  y: number,
  layout: LaneLayout,
): void {
  const other = topOf(stage, details, link.task.id, layout);
  const from = way === 'in' ? link.task : details.task;
  const to = way === 'in' ? details.task : link.task;
  if (other === null || from.endMs === null || to.startMs === null) return;
  const [fromY, toY] = way === 'in' ? [other, y] : [y, other];
  const x0 = stage.x(from.endMs);
  const x1 = stage.x(to.startMs);
  const y0 = fromY + LANE_HEIGHT / 2;
  const y1 = toY + LANE_HEIGHT / 2;
  const bend = Math.max(24, Math.abs(x1 - x0) / 2);
  const { context, theme } = stage;
  const width = 1 + Math.min(3, Math.log10(1 + (link.bytes ?? 0) / 1024) / 2);
  context.lineCap = 'round';
  for (const [color, extra] of [
    [theme.background, 2.5],
    [theme.text, 0],
  ] as const) {
    context.strokeStyle = color;
    context.lineWidth = width + extra;
    context.beginPath();
    context.moveTo(x0, y0);
    context.bezierCurveTo(x0 + bend, y0, x1 - bend, y1, x1 - 4, y1);
    context.stroke();
  }
  context.lineCap = 'butt';
  context.fillStyle = theme.text;
  context.beginPath();
  context.moveTo(x1 - 7, y1 - 4);
  context.lineTo(x1, y1);
  context.lineTo(x1 - 7, y1 + 4);
  context.fill();
}
