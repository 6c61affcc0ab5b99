/** How numbers, times and paths read. The only place that turns values into text; views format nothing themselves. */

const whole = new Intl.NumberFormat('en-US');
const fourDigits = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 4 });
const compact = new Intl.NumberFormat('en-US', { notation: 'compact', maximumFractionDigits: 1 });

/** What stands where a value is not known. */
export const UNKNOWN = '–';

/** `1,204` */
export function count(value: number): string {
  return whole.format(value);
}

/** `1,204` up to 9,999, then `12.3K`, `1.2M`. */
export function shortCount(value: number): string {
  return value < 10_000 ? whole.format(value) : compact.format(value);
}

/** `1 task`, `1,204 tasks` */
export function countOf(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** A measured duration with three digits: `0.42 ms`, `12.3 ms`, `1.25 s`, `2 min 05 s`, `1 h 02 min`. */
export function duration(ms: number | null): string {
  if (ms === null) return UNKNOWN;
  if (ms < 999.5) return `${digits(ms)} ms`;
  if (ms < 59_950) return `${digits(ms / 1000)} s`;
  return longDuration(Math.max(60_000, ms));
}

/** `0.4 s`, `75.0 s`: in seconds however long, where several are compared in one sentence. */
export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

/** A round duration on an axis: `50 ms`, `2 s`, `5 min`, `1 h`. */
export function roundDuration(ms: number): string {
  if (ms < 1000) return `${amount(ms)} ms`;
  if (ms < 60_000) return `${amount(ms / 1000)} s`;
  if (ms < 3_600_000) return `${amount(ms / 60_000)} min`;
  return ms < 86_400_000 ? `${amount(ms / 3_600_000)} h` : `${amount(ms / 86_400_000)} d`;
}

/** A duration that is still growing, in whole seconds: `12 s`, `2 min 05 s`. */
export function elapsed(ms: number): string {
  return ms < 60_000 ? `${Math.floor(Math.max(0, ms) / 1000)} s` : longDuration(ms);
}

/** `512 B`, `2 GiB`, `1.25 MiB` */
export function bytes(value: number | null): string {
  if (value === null) return UNKNOWN;
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let scaled = value;
  let unit = 0;
  while (scaled >= 1023.5 && unit < units.length - 1) {
    scaled /= 1024;
    unit++;
  }
  return `${Number.isInteger(scaled) ? whole.format(scaled) : digits(scaled)} ${units[unit]!}`;
}

/** `43 %` */
export function percent(value: number | null): string {
  return value === null ? UNKNOWN : `${Math.round(value)} %`;
}

/** A number of which only its user knows the unit, with four digits: `0.9733`, `12,340`, `1.2e-7`. */
export function measure(value: number | null): string {
  if (value === null) return UNKNOWN;
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e9)) return String(Number(value.toPrecision(4)));
  return fourDigits.format(value);
}

/** How far off: `+1.3 %`, `−0.4 %`, `0.0 %`. */
export function error(pct: number): string {
  const size = Math.abs(pct).toFixed(1);
  const sign = pct > 0 ? '+' : '−';
  return `${size === '0.0' ? '' : sign}${size} %`;
}

/** A resource amount, which may be a fraction: `2`, `0.5`. */
export function amount(value: number): string {
  return String(Math.round(value * 100) / 100);
}

/** `3.9 ×` */
export function factor(value: number): string {
  return `${digits(value)} ×`;
}

/** In the price table's own currency: `0.042`, `1.25`, `310`. */
export function cost(value: number | null): string {
  if (value === null) return UNKNOWN;
  return value > 0 && value < 0.01 ? value.toPrecision(2) : digits(value);
}

/** `just now`, `5 min ago`, `3 h ago`, then the day. */
export function ago(timeMs: number, nowMs: number): string {
  const seconds = (nowMs - timeMs) / 1000;
  if (seconds < 60) return 'just now';
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 24 * 3600) return `${Math.floor(seconds / 3600)} h ago`;
  return new Date(timeMs).toLocaleDateString('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });
}

/** In full, for a tooltip. */
export function dateTime(timeMs: number): string {
  return new Date(timeMs).toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'medium' });
}

/** `pipeline.py` of `/home/me/pipeline.py` */
export function fileName(path: string): string {
  return path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
}

/** The path inside a folder where it lies in it, else whole. */
export function relativePath(path: string, folder: string): string {
  const prefix = folder.endsWith('/') ? folder : `${folder}/`;
  return path.startsWith(prefix) ? path.slice(prefix.length) : path;
}

/** `pipeline.py:42` */
export function place(file: string, line: number, folder: string): string {
  return `${relativePath(file, folder)}:${line}`;
}

function longDuration(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${pad(seconds % 60)} s`;
  const hours = Math.floor(minutes / 60);
  return `${hours} h ${pad(minutes % 60)} min`;
}

function digits(value: number): string {
  if (value >= 99.95) return String(Math.round(value));
  if (value >= 9.995) return value.toFixed(1);
  return value === 0 ? '0' : value.toFixed(2);
}

function pad(value: number): string {
  return String(value).padStart(2, '0');
}
