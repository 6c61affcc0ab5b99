/** The columns of the task table. */
import type { NodeSeries } from '../../simulator/model/trace';
import type { TaskBrief, TaskColumn } from '../../simulator/model/views';
import * as format from '../../simulator/model/format';
import { nodeName } from './taskWords';

export interface ColumnModel {
  nodes: readonly NodeSeries[];
  originMs: number;
  nowMs: number;
}

export interface ColumnLook {
  id: TaskColumn;
  title: string;
  hint: string;
  /** Numbers stand right and are sorted largest first. */
  isNumber: boolean;
  text(task: TaskBrief, model: ColumnModel): string;
}

export const TASK_COLUMNS: readonly ColumnLook[] = [
  { id: 'name', title: 'Task', hint: 'Function', isNumber: false, text: (task) => task.name },
  { id: 'state', title: 'State', hint: 'State', isNumber: false, text: (task) => task.state },
  {
    id: 'node',
    title: 'Node',
    hint: 'Where it ran',
    isNumber: false,
    text: (task, { nodes }) => (task.node === null ? '' : nodeName(nodes, task.node)),
  },
  {
    id: 'submitted',
    title: 'Submitted',
    hint: 'Since the run began',
    isNumber: true,
    text: (task, { originMs }) => (task.submitMs === null ? '' : since(task.submitMs - originMs)),
  },
  {
    id: 'queue',
    title: 'Waited',
    hint: 'From its submission to its start',
    isNumber: true,
    text: (task, { nowMs }) => span(task.submitMs, task.startMs ?? (task.state === 'waiting' ? nowMs : null)),
  },
  {
    id: 'duration',
    title: 'Ran',
    hint: 'From its start to its end',
    isNumber: true,
    text: (task, { nowMs }) => span(task.startMs, task.endMs ?? (task.state === 'running' ? nowMs : null)),
  },
  {
    id: 'cpu',
    title: 'CPU',
    hint: 'CPU time of its thread',
    isNumber: true,
    text: (task) => (task.cpuMs === null ? '' : format.duration(task.cpuMs)),
  },
  {
    id: 'bytesIn',
    title: 'In',
    hint: 'Size of its arguments',
    isNumber: true,
    text: (task) => (task.bytesIn === null ? '' : format.bytes(task.bytesIn)),
  },
  {
    id: 'bytesOut',
    title: 'Out',
    hint: 'Size of its results',
    isNumber: true,
    text: (task) => (task.bytesOut === null ? '' : format.bytes(task.bytesOut)),
  },
];

function span(fromMs: number | null, toMs: number | null): string {
  return fromMs === null || toMs === null ? '' : format.duration(Math.max(0, toMs - fromMs));
}

function since(ms: number): string {
  return ms < 60_000 ? `${(ms / 1000).toFixed(2)} s` : format.elapsed(ms);
}
