/** Reads a graph that did not come from a run, and says of a wrong one which task is wrong and how. */
import { fail } from '../model/failure';
import type { GraphActor, GraphFile, GraphTask } from '../model/scaling';

const MAX_PROBLEMS = 5;

/** The file's text as a graph. Fails as `graph-invalid` with up to five problems, each naming its task. */
export function readGraphFile(text: string, path: string): GraphFile {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (error) {
    return fail({ code: 'graph-invalid', path, problems: [`It is not JSON: ${(error as Error).message}`] });
  }
  return checkGraph(content, path);
}

/** A graph in memory, checked; `path` is what the failure calls it. Fails as `graph-invalid`. */
export function checkGraph(content: unknown, path: string): GraphFile {
  const problems: string[] = [];
  const rows = isRecord(content) ? content['tasks'] : undefined;
  if (!Array.isArray(rows))
    return fail({ code: 'graph-invalid', path, problems: ['It has no list "tasks".'] });
  if (rows.length === 0) return fail({ code: 'graph-invalid', path, problems: ['It has no tasks.'] });
  const tasks: GraphTask[] = [];
  for (const [at, row] of rows.entries()) {
    const task = readTask(row, at, problems);
    if (task) tasks.push(task);
    if (problems.length >= MAX_PROBLEMS) break;
  }
  const actors = readActors((content as Record<string, unknown>)['actors'], problems);
  if (problems.length === 0) checkLinks(tasks, problems);
  if (problems.length > 0) fail({ code: 'graph-invalid', path, problems: problems.slice(0, MAX_PROBLEMS) });
  return actors ? { tasks, actors } : { tasks };
}

function readTask(row: unknown, at: number, problems: string[]): GraphTask | null {
  if (!isRecord(row)) {
    problems.push(`Entry ${at + 1} of "tasks" is not an object.`);
    return null;
  }
  const id = row['id'];
  if ((typeof id !== 'string' && typeof id !== 'number') || id === '') {
    problems.push(`Entry ${at + 1} of "tasks" has no "id".`);
    return null;
  }
  const who = `Task ${String(id)}`;
  const before = problems.length;
  const number = (key: string, fallback?: number) => amount(row, key, who, problems, fallback);
  const task: GraphTask = {
    id: String(id),
    name: row['name'] === undefined ? String(id) : String(row['name']),
    durationMs: number('durationMs'),
    cpus: number('cpus', row['actor'] === undefined ? 1 : 0),
    gpus: number('gpus', 0),
    outputBytes: number('outputBytes', 0),
    deps: names(row, 'deps', who, problems) ?? [],
  };
  if (row['resources'] !== undefined) task.resources = amounts(row['resources'], who, problems);
  const after = names(row, 'after', who, problems);
  if (after) task.after = after;
  for (const key of ['actor', 'parent'] as const) {
    if (row[key] !== undefined && row[key] !== null) task[key] = String(row[key]);
  }
  for (const key of ['afterFinished', 'thinkMs'] as const) {
    if (row[key] !== undefined) task[key] = number(key);
  }
  return problems.length === before ? task : null;
}

function readActors(value: unknown, problems: string[]): GraphActor[] | undefined {
  if (value === undefined) return undefined;
  if (!Array.isArray(value)) {
    problems.push('"actors" is not a list.');
    return undefined;
  }
  return value.flatMap((row: unknown, at): GraphActor[] => {
    if (!isRecord(row) || row['id'] === undefined) {
      problems.push(`Entry ${at + 1} of "actors" has no "id".`);
      return [];
    }
    const who = `Actor ${String(row['id'])}`;
    const actor: GraphActor = {
      id: String(row['id']),
      cpus: amount(row, 'cpus', who, problems, 0),
      gpus: amount(row, 'gpus', who, problems, 0),
    };
    if (row['resources'] !== undefined) actor.resources = amounts(row['resources'], who, problems);
    if (row['concurrency'] !== undefined) actor.concurrency = amount(row, 'concurrency', who, problems);
    if (row['durationMs'] !== undefined) actor.durationMs = amount(row, 'durationMs', who, problems);
    return [actor];
  });
}

function checkLinks(tasks: GraphTask[], problems: string[]): void {
  const byId = new Map<string, GraphTask>();
  for (const task of tasks) {
    if (byId.has(task.id)) problems.push(`Task ${task.id} is there twice.`);
    byId.set(task.id, task);
  }
  for (const task of tasks) {
    for (const [key, targets] of [
      ['deps', task.deps],
      ['after', task.after ?? []],
      ['parent', task.parent === undefined ? [] : [task.parent]],
    ] as const) {
      for (const target of targets) {
        if (target === task.id) problems.push(`Task ${task.id} names itself in "${key}".`);
        else if (!byId.has(target))
          problems.push(`Task ${task.id}: "${key}" names ${target}, which is no task.`);
      }
    }
    if (problems.length >= MAX_PROBLEMS) return;
  }
}

function amount(
  row: Record<string, unknown>,
  key: string,
  who: string,
  problems: string[],
  fallback?: number,
): number {
  const value = row[key];
  if (value === undefined && fallback !== undefined) return fallback;
  if (value === undefined || value === null) problems.push(`${who} has no "${key}".`);
  else if (typeof value !== 'number' || !Number.isFinite(value))
    problems.push(`${who}: "${key}" is ${JSON.stringify(value)}, not a number.`);
  else if (value < 0) problems.push(`${who}: "${key}" is ${value}; it cannot be negative.`);
  else return value;
  return 0;
}

function amounts(value: unknown, who: string, problems: string[]): Record<string, number> {
  if (!isRecord(value)) {
    problems.push(`${who}: "resources" is not an object.`);
    return {};
  }
  return Object.fromEntries(Object.keys(value).map((key) => [key, amount(value, key, who, problems)]));
}

function names(
  row: Record<string, unknown>,
  key: string,
  who: string,
  problems: string[],
): string[] | undefined {
  const value = row[key];
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value) || value.some((name) => typeof name !== 'string' && typeof name !== 'number')) {
    problems.push(`${who}: "${key}" is not a list of ids.`);
    return [];
  }
  return value.map(String);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
