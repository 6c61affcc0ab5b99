/** What a comparison of two runs says in words. */
import type { ComparedFunction, RunComparison } from '../simulator/model/comparison';
import * as format from '../simulator/model/format';

/** Smaller changes are no news. */
const WORTH_SAYING = 0.05;
const PARTS = { queue: 'queued', fetch: 'fetched its arguments', run: 'ran' } as const;

/** Of something that costs: the class of what it has become. */
export function changeTone(before: number, after: number): '' | 'worse' | 'better' {
  // From nothing to something is a change whatever the share.
  if (Math.abs(after - before) <= Math.abs(before) * WORTH_SAYING) return '';
  return after > before ? 'worse' : 'better';
}

/** Which part of a task's life changed, and how the number of tasks did. */
export function whyWords({ a, b, why }: ComparedFunction): string {
  const said: string[] = [];
  if (why) {
    const longer = why.changeMs > 0 ? 'longer' : 'less';
    said.push(`${PARTS[why.part]} ${format.duration(Math.abs(why.changeMs))} ${longer} a task`);
  }
  const more = (b?.count ?? 0) - (a?.count ?? 0);
  if (a && b && more !== 0)
    said.push(`${format.countOf(Math.abs(more), 'task')} ${more > 0 ? 'more' : 'fewer'}`);
  const failed = (b?.failed ?? 0) - (a?.failed ?? 0);
  if (failed > 0) said.push(`${format.count(failed)} more failed`);
  return said.join(', ');
}

export function headWords({ a, b }: RunComparison): string {
  if (a.wallMs === null || b.wallMs === null) {
    return 'One of the two has not ended: what is there so far is compared.';
  }
  const took = `${format.duration(a.wallMs)} → ${format.duration(b.wallMs)}`;
  const tone = changeTone(a.wallMs, b.wallMs);
  if (tone === '' || a.wallMs === 0) return `As quick as before: ${took}.`;
  const share = format.percent((Math.abs(b.wallMs - a.wallMs) / a.wallMs) * 100);
  return `${share} ${tone === 'worse' ? 'slower' : 'quicker'}: ${took}.`;
}
