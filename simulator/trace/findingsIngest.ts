/** Training that waits for its data: what the trace itself shows, whether or not it can be replayed elsewhere. */
import type { Finding } from '../model/finding';
import { seconds } from '../model/format';
import { functionKey } from './functionStats';
import { ingestWaits, type IngestWaits } from './ingestWaits';
import { keyId, shortName } from './summary';
import type { TraceStore } from './traceStore';

/** Readers that wait for less of their time than this set the pace themselves. */
const WAITS_MUCH = 0.3;
const WAITS_MS = 1000;
/** Ray Data that keeps fewer of the CPUs busy than this is not held back by their number. */
const BUSY = 0.6;

/** Tasks that wait for Ray Data for much of the time in which they read. */
export function hungryReaders(store: TraceStore): Finding[] {
  return ingestWaits(store)
    .filter((one) => one.waitedMs >= WAITS_MS && one.waitedMs >= WAITS_MUCH * one.readingMs)
    .map((one) => ({
      kind: 'waits-for-data',
      function: keyId(store.tasks, functionKey(store.tasks, one.reader)),
      site: one.site,
      words: wordsOf(store, one),
      evidence: {
        readers: one.readers,
        waitedPct: percent(one),
        waitedMs: Math.round(one.waitedMs / one.readers),
        firstMs: Math.round(one.firstMs / one.readers),
        busyCpus: tenths(one.busyCpus),
        cpus: one.cpus,
      },
    }));
}

function wordsOf(store: TraceStore, waits: IngestWaits): string {
  const { tasks } = store;
  const [reader, feeder] = [waits.reader, waits.feeder].map((row) =>
    shortName(keyId(tasks, functionKey(tasks, row))),
  );
  const { readers, busyCpus, cpus } = waits;
  const who = readers === 1 ? `\`${reader}\`` : `The ${readers} tasks of \`${reader}\``;
  const first = seconds(waits.firstMs / readers);
  const seen =
    `${who} waited for data for ${percent(waits)} % of the time in which ${readers === 1 ? 'it' : 'they'} read ` +
    `(${seconds(waits.waitedMs / readers)}${readers === 1 ? '' : ' each'}, of these ${first} until the first of it was there): this run is ingest-bound. ` +
    `\`${feeder}\` and the rest of Ray Data kept ${tenths(busyCpus)} of ${cpus} CPUs busy. `;
  if (busyCpus >= BUSY * cpus)
    return `${seen}Give the cluster more CPUs for it (one more node that prepares data, or more CPUs on those that do); more or faster GPUs would only wait longer.`;
  return waits.firstMs >= waits.waitedMs / 2
    ? `${seen}Most of the wait is Ray Data starting up, which more CPUs do not shorten: keep the cluster running between runs, and make epochs longer or fewer.`
    : `${seen}So more CPUs alone will not make it faster: look at what its tasks wait for, how long its workers take to start, and whether there are enough tasks.`;
}

function percent({ waitedMs, readingMs }: IngestWaits): number {
  return Math.round((waitedMs / readingMs) * 100);
}

function tenths(value: number): number {
  return Math.round(value * 10) / 10;
}
