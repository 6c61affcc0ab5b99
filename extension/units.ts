/** How the extension writes times, sizes and counts. Every text of its views takes them from here. */

/** `0.4 s`, `12.3 s`, `2 min 05 s`, `1 h 02 min`. */
export function durationText(ms: number): string {
  const seconds = Math.max(0, ms) / 1000;
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  const minutes = Math.floor(whole / 60);
  return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} min`;
}

/** Of single tasks: `0.2 ms`, `14 ms`, then as `durationText`. */
export function taskTimeText(ms: number): string {
  if (ms >= 1000) return durationText(ms);
  return `${ms >= 10 ? Math.round(ms) : Number(ms.toPrecision(2))} ms`;
}

/** `just now`, `4 min ago`, `3 h ago`, `2 days ago`. */
export function agoText(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 1) return 'just now';
  if (minutes < 60) return `${minutes} min ago`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ago`;
  return `${Math.floor(hours / 24)} days ago`;
}

/** `512 MiB`, `1.5 GiB`. */
export function bytesText(sizeBytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = sizeBytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${trim(value)} ${units[unit] ?? ''}`;
}

/** `1 node`, `3 nodes`. */
export function countText(count: number, noun: string): string {
  return `${trim(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** At most one decimal, none where it would be zero. */
export function trim(value: number): string {
  return value.toFixed(1).replace(/\.0$/, '');
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
