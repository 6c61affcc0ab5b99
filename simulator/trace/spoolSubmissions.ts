/** The spool's submissions (ARCHITECTURE.md, "The spool"): one row for all that one task submitted from one place. */
import { list, number } from '../ray/decode';

const ID_DIGITS = 16;

/** One submission as the spool has it: ids are still as short as they are written there. */
export interface SpoolSubmission {
  task: string;
  parent: string;
  kind: number;
  function: string;
  timeMs: number;
  gpus: unknown;
  cpus: unknown;
  resources: unknown;
  /** Its number in the line's call sites. */
  site: unknown;
  /** Ids of the objects that it was given, of those nested in what it was given, and bytes of all other values. */
  given: unknown[];
  nested: unknown[];
  valueBytes: number | null;
}

/** In the order of their times. What is not as it should be is left out. */
export function spoolSubmissions(rows: unknown): SpoolSubmission[] {
  return list(rows)
    .flatMap((row) => ofCall(list(row)))
    .sort((a, b) => a.timeMs - b.timeMs);
}

function ofCall(row: unknown[]): SpoolSubmission[] {
  const [ids, fromMs, offsetsUs, parent, kind, fn, tail, gpus, cpus, resources, site, given] = row;
  if (typeof ids !== 'string' || typeof fn !== 'string' || typeof fromMs !== 'number') return [];
  const common = { parent: String(parent), kind: Number(kind), function: fn, gpus, cpus, resources, site };
  const submissions = list(offsetsUs).flatMap((offsetUs, i) => {
    const id = ids.slice(i * ID_DIGITS, (i + 1) * ID_DIGITS);
    if (typeof offsetUs !== 'number' || id.length < ID_DIGITS) return [];
    const timeMs = fromMs + offsetUs / 1000;
    return [{ ...common, task: id + String(tail), timeMs, given: [], nested: [], valueBytes: null }];
  });
  return withGiven(submissions, list(given).map(list));
}

/** Few submissions are given anything: `[which one, objects, nested objects, bytes of values]` each. */
function withGiven(submissions: SpoolSubmission[], rows: unknown[][]): SpoolSubmission[] {
  for (const [at, given, nested, valueBytes] of rows) {
    const submission = submissions[number(at) ?? -1];
    if (submission)
      Object.assign(submission, { given: list(given), nested: list(nested), valueBytes: number(valueBytes) });
  }
  return submissions;
}
