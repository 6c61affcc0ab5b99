/**
 * `heliostat debug-adapter`: carries the Debug Adapter Protocol between an editor and the engine, where the debugger
 * is. Adds what only this side knows: where the user's shell looks for Pythons, and Ray's token.
 */
import net from 'node:net';
import path from 'node:path';
import type { Readable, Writable } from 'node:stream';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { encodeMessage, MessageReader, type Message } from '../base/dapStream';
import { openDebug } from '../client/connect';
import { toFailure } from '../model/failure';
import { failureWords } from '../model/failureWords';
import { searchEnv } from './session';
import { rayToken } from './rayToken';
import { EXIT, say } from './terminal';

const log = { info() {}, warn: say, error: say };

/** Ends with its only client, or serves one client after the other on a port until it is interrupted. */
export async function debugAdapter(options: { port?: number }): Promise<number> {
  if (options.port === undefined) {
    await carry(process.stdin, process.stdout);
    return EXIT.ok;
  }
  const server = net.createServer((socket) => {
    socket.on('error', () => socket.destroy());
    carry(socket, socket).catch((error: unknown) => {
      say(String(error));
      socket.destroy();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, '127.0.0.1', resolve);
  });
  say(`Listening at 127.0.0.1:${options.port}.`);
  await new Promise<void>((resolve) => process.once('SIGINT', resolve).once('SIGTERM', resolve));
  server.close();
  return EXIT.ok;
}

/** Until either side is gone. */
async function carry(input: Readable, output: Writable): Promise<void> {
  const early: Buffer[] = [];
  const keep = (piece: Buffer) => early.push(piece);
  input.on('data', keep);
  const engine = await openDebug({
    enginePath: path.join(__dirname, 'engine.js'),
    clientName: 'debugger',
    log,
  });
  const reader = new MessageReader((message) => engine.send(JSON.stringify(completed(message))));
  engine.onMessage((text) => void output.write(encodeMessage(JSON.parse(text) as Message)));
  input.off('data', keep);
  for (const piece of early) reader.feed(piece);
  input.on('data', (piece: Buffer) => reader.feed(piece));
  await new Promise<void>((resolve) => {
    engine.onClosed(() => {
      // An engine that ends a session says so itself; one that has died cannot.
      if (!output.destroyed) output.write(encodeMessage({ seq: 0, type: 'event', event: 'terminated' }));
      resolve();
    });
    input.once('end', resolve).once('close', resolve);
  });
  engine.dispose();
  input.destroy();
  output.end();
}

function completed(message: Message): Message {
  const { type, command, arguments: args } = message as DebugProtocol.Request;
  if (type !== 'request' || command !== 'launch') return message;
  const token = tokenOrNone();
  const own = { searchEnv: searchEnv(), ...(token ? { token } : {}) };
  return { ...message, arguments: { ...own, ...(args as object) } } as DebugProtocol.Request;
}

/** Most launches need none; one that does is told by Ray. */
function tokenOrNone(): string {
  try {
    return rayToken(process.env);
  } catch (error) {
    say(failureWords(toFailure(error)).title);
    return '';
  }
}
