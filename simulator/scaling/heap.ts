/** A heap of what ends some time, whose first ends first. */
export interface Ending {
  endsMs: number;
}

export function put<T extends Ending>(heap: T[], one: T): void {
  let hole = heap.push(one) - 1;
  while (hole > 0) {
    const parent = (hole - 1) >> 1;
    if (heap[parent]!.endsMs <= one.endsMs) break;
    heap[hole] = heap[parent]!;
    hole = parent;
  }
  heap[hole] = one;
}

export function takeFirst<T extends Ending>(heap: T[]): T {
  const first = heap[0]!;
  const last = heap.pop()!;
  if (heap.length === 0) return first;
  let hole = 0;
  for (;;) {
    let child = 2 * hole + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && heap[child + 1]!.endsMs < heap[child]!.endsMs) child++;
    if (heap[child]!.endsMs >= last.endsMs) break;
    heap[hole] = heap[child]!;
    hole = child;
  }
  heap[hole] = last;
  return first;
}
