/** A task in sentences: what it waited for and from where, how long it took, how it ended. */
import type { NodeSeries } from '../../simulator/model/trace';
import type { TaskBrief, TaskDetails } from '../../simulator/model/views';
import * as format from '../../simulator/model/format';
import { phasesOf, phaseWords } from './phases';

export function nodeName(nodes: readonly NodeSeries[], index: number | null): string {
  if (index === null) return 'an unknown node';
  return nodes.find((node) => node.nodeIndex === index)?.name ?? `node ${index}`;
}

/** One sentence a line. The first is what it waited for, where it waited. */
export function taskSentences(details: TaskDetails, nodes: readonly NodeSeries[], nowMs: number): string[] {
  const { task } = details;
  const sentences = phasesOf(task, nowMs).map((phase) =>
    phase.kind === 'data' ? dataWait(details, nodes, phase.toMs - phase.fromMs) : phaseWords(task, phase),
  );
  if (task.bytesIn !== null && task.bytesIn > 0) sentences.push(`took in ${format.bytes(task.bytesIn)}`);
  if (task.bytesOut !== null && task.bytesOut > 0) sentences.push(`gave out ${format.bytes(task.bytesOut)}`);
  if (task.retries > 0) sentences.push(`tried again ${format.countOf(task.retries, 'time')}`);
  return sentences;
}

/** `waited 1.2 s for data from node 2 (decode)` */
function dataWait(details: TaskDetails, nodes: readonly NodeSeries[], ms: number): string {
  const { lastInput } = details;
  const from = lastInput
    ? `${lastInput.task.kind === 'actor-creation' ? 'the actor' : 'data'} from ${nodeName(nodes, lastInput.task.node)} (${lastInput.task.name})`
    : 'data';
  return `waited ${format.duration(ms)} for ${from}`;
}

/** `head, pid 4121` */
export function placeOf(task: TaskBrief, nodes: readonly NodeSeries[]): string {
  const parts = [nodeName(nodes, task.node)];
  if (task.pid !== null) parts.push(`pid ${task.pid}`);
  return parts.join(', ');
}
