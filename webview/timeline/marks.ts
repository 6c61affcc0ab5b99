/** What happened to the cluster, on the time axis: flags, dashed lines, and the words of the one under the pointer. */
import type { TraceMark } from '../../simulator/model/fault';
import { AXIS_HEIGHT, GUTTER, line, type Stage } from './overlay';

const NEAR_PX = 6;

export function drawMarks(stage: Stage, marks: readonly TraceMark[]): void {
  const { context, theme } = stage;
  for (const { timeMs, kind } of marks) {
    const x = Math.round(stage.x(timeMs)) + 0.5;
    if (x < GUTTER || x > stage.width) continue;
    const color = isGood(kind) ? theme.dim : theme.failed;
    context.setLineDash([4, 3]);
    line(stage, x, AXIS_HEIGHT, x, stage.height, color);
    context.setLineDash([]);
    context.fillStyle = color;
    context.beginPath();
    context.moveTo(x - 5, AXIS_HEIGHT - 9);
    context.lineTo(x + 5, AXIS_HEIGHT - 9);
    context.lineTo(x, AXIS_HEIGHT - 1);
    context.fill();
  }
}

function isGood(kind: TraceMark['kind']): boolean {
  return kind === 'resume' || kind === 'heal' || kind === 'scale';
}

/** The mark whose flag is at a place of the axis. */
export function markAt(
  marks: readonly TraceMark[],
  x: number,
  y: number,
  xOf: (timeMs: number) => number,
): TraceMark | null {
  if (y > AXIS_HEIGHT) return null;
  const near = marks.filter((mark) => Math.abs(xOf(mark.timeMs) - x) <= NEAR_PX);
  return near.sort((a, b) => Math.abs(xOf(a.timeMs) - x) - Math.abs(xOf(b.timeMs) - x))[0] ?? null;
}
