/** The Debug Adapter Protocol as it goes over the wire: recorded between a client and an adapter, and shown as text. */
import net from 'node:net';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { MessageReader, type Message } from '../../simulator/base/dapStream';

/** Passes every byte on in both directions and keeps the messages; returns the port for the client. */
export async function recordBetween(adapterPort: number, traffic: Message[]): Promise<net.Server> {
  const server = net.createServer((client) => {
    const adapter = net.connect(adapterPort, '127.0.0.1');
    for (const [from, to] of [
      [client, adapter],
      [adapter, client],
    ] as const) {
      const reader = new MessageReader((message) => traffic.push(message));
      from.on('data', (piece: Buffer) => {
        reader.feed(piece);
        to.write(piece);
      });
      from.on('error', () => from.destroy());
      from.on('close', () => to.end());
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

/** How output is cut, and how often and when it is told that threads of workers come, go on and go, differs from run to run. */
const LEFT_OUT = new Set(['output', 'thread', 'continued']);

/**
 * What was said, with what differs from run to run replaced: each request with its answer, then the events of each name
 * and thread, in their order. Between requests and events, and between events of two names or threads, no order is shown,
 * since there is none that always holds. `replacements`: texts for what stands for them.
 */
export function shownTraffic(traffic: readonly Message[], replacements: Record<string, string>): string {
  const answers = new Map(
    traffic.flatMap((one) =>
      one.type === 'response' ? [[(one as DebugProtocol.Response).request_seq, one] as const] : [],
    ),
  );
  const lines = traffic.flatMap((one) => {
    if (one.type !== 'request') return [];
    const { command, arguments: args, seq } = one as DebugProtocol.Request;
    const answer = answers.get(seq) as DebugProtocol.Response | undefined;
    return [`→ ${command} ${shown(args)}`, `← ${command} ${answer ? shown(answer.body) : '(no answer)'}`];
  });
  const events = traffic.filter((one) => one.type === 'event') as DebugProtocol.Event[];
  const names = [...new Set(events.map(({ event }) => event))].filter((name) => !LEFT_OUT.has(name)).sort();
  for (const name of names) {
    const named = events.filter(({ event }) => event === name);
    const bodies = named.sort((a, b) => threadOf(a) - threadOf(b)).map(({ body }) => shown(body));
    lines.push(...bodies.map((body) => `← event ${name} ${body}`));
  }
  return normalised(`${lines.join('\n')}\n`, replacements);
}

function threadOf({ body }: DebugProtocol.Event): number {
  return (body as { threadId?: number } | undefined)?.threadId ?? 0;
}

function shown(body: unknown): string {
  return body === undefined ? '' : JSON.stringify(sorted(body), null, 2);
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]));
}

/** The session's own numbers of frames and variables are always the same and stay; threads are counted as they are named. */
function normalised(text: string, replacements: Record<string, string>): string {
  let result = text;
  for (const [from, to] of Object.entries(replacements)) result = result.replaceAll(from, to);
  const threads = new Map<string, string>();
  return (
    result
      .replace(/(?<="threadId": )\d+/g, (id) => {
        if (!threads.has(id)) threads.set(id, `"T${threads.size + 1}"`);
        return threads.get(id)!;
      })
      .replace(/node \d+ · pid \d+/g, 'node N · pid P')
      // Whichever of a task and its caller stops first after a step into it.
      .replace(/(?<="preserveFocusHint": )(true|false)(?=,\s+"reason": "step")/g, '"F"')
      .replace(/(?<="run": ")[^"]+/g, 'RUN')
      .replace(/\bat 0x[0-9a-f]+/g, 'at ADDRESS')
  );
}
