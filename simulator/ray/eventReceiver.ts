/**
 * Where the agents of one cluster post Ray's events: a port with a secret path, on loopback or, for containers, on this
 * machine's end of their own network. The address is kept in a file of the cluster, so that the next engine listens
 * there too; until it does the agents keep what they have and try again. What arrives is written to one file per job
 * before it is answered.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { appendFileSync, mkdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import type { Log } from '../base/context';
import { readJson, writeAtomic } from '../base/files';
import type { TraceEvent } from '../model/trace';
import { number, object, text } from './decode';
import { RayEventDecoder } from './rayEvents';

export interface EventAddress {
  /** An address of this machine. */
  host: string;
  port: number;
  /** 32 hex digits: the path. */
  secret: string;
}

const LOOPBACK = '127.0.0.1';
const MAX_BODY_BYTES = 32 * 1048576;
/** Of one job; more than this is not kept. */
const MAX_FILE_BYTES = 16 * 1048576;

/** Chooses an address for a cluster that is about to start. `dir` is the cluster's directory. */
export function newEventAddress(dir: string, port: number, host = LOOPBACK): EventAddress {
  const address = { host, port, secret: randomBytes(16).toString('hex') };
  writeAtomic(addressFile(dir), JSON.stringify(address));
  return address;
}

/** Null for a cluster without. */
export function readEventAddress(dir: string): EventAddress | null {
  const json = object(readJson(addressFile(dir)));
  const port = number(json['port']);
  const secret = text(json['secret']);
  return port === null || secret === null ? null : { host: text(json['host']) ?? LOOPBACK, port, secret };
}

export function eventUrl({ host, port, secret }: EventAddress): string {
  return `http://${host}:${port}/${secret}`;
}

/** The URL of a cluster's address; null for a cluster without. */
export function knownEventUrl(dir: string): string | null {
  const address = readEventAddress(dir);
  return address && eventUrl(address);
}

export class EventReceiver {
  private readonly decoder = new RayEventDecoder();
  private readonly server = http.createServer((request, response) => this.take(request, response));

  private constructor(
    private readonly dir: string,
    private readonly address: EventAddress,
    private readonly log: Log,
  ) {
    mkdirSync(eventsDir(dir), { recursive: true, mode: 0o700 });
    this.server.on('error', (error) =>
      this.log.warn(`Ray's events of ${dir} do not arrive: ${error.message}`),
    );
  }

  /** Null for a cluster that posts none. A port that another program took meanwhile is told in the cluster's jobs. */
  static async open(dir: string, log: Log): Promise<EventReceiver | null> {
    const address = readEventAddress(dir);
    if (!address) return null;
    const receiver = new EventReceiver(dir, address, log);
    try {
      await receiver.listen();
      rmSync(lossFile(dir), { force: true });
    } catch (error) {
      writeAtomic(lossFile(dir), `Ray's events do not arrive: ${(error as Error).message}`);
    }
    return receiver;
  }

  close(): void {
    this.server.close();
    this.server.closeAllConnections();
  }

  private listen(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(this.address.port, this.address.host, resolve);
    });
  }

  private take(request: http.IncomingMessage, response: http.ServerResponse): void {
    const given = Buffer.from((request.url ?? '').slice(1));
    const secret = Buffer.from(this.address.secret);
    if (request.method !== 'POST' || given.length !== secret.length || !timingSafeEqual(given, secret)) {
      response.writeHead(404, { Connection: 'close' }).end();
      return;
    }
    const pieces: Buffer[] = [];
    let size = 0;
    request.on('data', (piece: Buffer) => {
      size += piece.length;
      if (size > MAX_BODY_BYTES) request.destroy();
      else pieces.push(piece);
    });
    request.on('error', () => {});
    request.on('end', () => response.writeHead(this.keep(Buffer.concat(pieces))).end());
  }

  /** The status to answer with: what cannot be written now is posted again. */
  private keep(body: Buffer): number {
    let parsed: unknown;
    try {
      parsed = JSON.parse(body.toString('utf8'));
    } catch {
      // It would be the same the next time.
      return 200;
    }
    try {
      for (const { job, event } of this.decoder.decode(parsed)) {
        if (/^[0-9a-f]{8}$/.test(job)) this.append(eventsFile(this.dir, job), event);
      }
      return 200;
    } catch (error) {
      this.log.warn(`Ray's events of ${this.dir} could not be written: ${(error as Error).message}`);
      return 503;
    }
  }

  private append(file: string, event: TraceEvent): void {
    if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > MAX_FILE_BYTES) return;
    appendFileSync(file, `${JSON.stringify(event)}\n`, { mode: 0o600 });
  }
}

/** Reads what was kept of one job, from the first event on. */
export class JobEvents {
  private readBytes = 0;
  private toldLoss = false;

  constructor(
    private readonly dir: string,
    private readonly job: string,
  ) {}

  /** New events; empty when there is nothing new. */
  read(): TraceEvent[] {
    const file = eventsFile(this.dir, this.job);
    const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
    const events = this.loss();
    if (size <= this.readBytes) return events;
    const content = readFileSync(file).subarray(this.readBytes);
    const end = content.lastIndexOf(10) + 1;
    this.readBytes += end;
    const lines = content.toString('utf8', 0, end).split('\n').filter(Boolean);
    return [...events, ...lines.map((line) => JSON.parse(line) as TraceEvent)];
  }

  private loss(): TraceEvent[] {
    const file = lossFile(this.dir);
    if (this.toldLoss || !statSync(file, { throwIfNoEntry: false })) return [];
    this.toldLoss = true;
    return [{ type: 'lost', source: 'ray', count: 1, reason: readFileSync(file, 'utf8') }];
  }
}

function addressFile(dir: string): string {
  return path.join(dir, 'events.json');
}

function eventsDir(dir: string): string {
  return path.join(dir, 'events');
}

function eventsFile(dir: string, job: string): string {
  return path.join(eventsDir(dir), `${job}.jsonl`);
}

function lossFile(dir: string): string {
  return path.join(eventsDir(dir), 'loss.txt');
}
