/** The order in which a user's graph is submitted: that of the file, with every task behind those it needs. */
import type { GraphTask } from '../model/scaling';

/** Positions in `tasks`, or the positions of tasks that wait for each other, the first of them again at the end. */
export function submissionOrder(tasks: readonly GraphTask[]): { order: number[] } | { cycle: number[] } {
  const position = new Map(tasks.map((task, at) => [task.id, at]));
  const needs = (at: number): number[] => {
    const { deps, after = [], parent } = tasks[at]!;
    const before = [...deps, ...after];
    if (parent !== undefined) before.push(parent);
    return before.map((id) => position.get(id)!);
  };
  const order: number[] = [];
  const state = new Uint8Array(tasks.length);
  for (let root = 0; root < tasks.length; root++) {
    if (state[root] !== 0) continue;
    const path: { at: number; needs: number[]; next: number }[] = [{ at: root, needs: needs(root), next: 0 }];
    state[root] = 1;
    for (let top = path.at(-1); top; top = path.at(-1)) {
      const need = top.needs[top.next++];
      if (need === undefined) {
        state[top.at] = 2;
        order.push(top.at);
        path.pop();
      } else if (state[need] === 0) {
        state[need] = 1;
        path.push({ at: need, needs: needs(need), next: 0 });
      } else if (state[need] === 1) {
        const ring = path.map(({ at }) => at);
        return { cycle: [...ring.slice(ring.indexOf(need)), need] };
      }
    }
  }
  return { order };
}
