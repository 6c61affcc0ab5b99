/**
 * One request to Ray's dashboard. By `node:http`, never the global `fetch`: undici marks that as coming from a browser
 * and Ray answers 405 to anything but GET (ray/dashboard/optional_utils.py).
 */
import http from 'node:http';
import https from 'node:https';
import { fail } from '../model/failure';
import type { Endpoint } from './endpoint';

export interface RayRequest {
  method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Sent as JSON, or as it is when it is a Buffer. */
  body?: unknown;
  /** Without any answer for so long it counts as unreachable. Default 10 s. */
  timeoutMs?: number;
  signal?: AbortSignal;
  /** Statuses that are answers too, not failures; the body is still parsed. */
  accept?: number[];
}

export interface RayAnswer {
  status: number;
  /** Parsed JSON, or the text where it is none. */
  body: unknown;
}

/**
 * Headers of every request: the token, as Ray's authentication reads it, and a name, without which the dashboards of
 * older Rays (2.49) answer 500.
 */
export function authHeaders(endpoint: Endpoint): Record<string, string> {
  return {
    'User-Agent': 'heliostat',
    ...(endpoint.token ? { Authorization: `Bearer ${endpoint.token}` } : {}),
  };
}

/** Fails as `ray-unreachable`, `ray-unauthorised` or `ray-answer`; cancelled by the signal. */
export async function rayRequest(
  endpoint: Endpoint,
  path: string,
  request: RayRequest = {},
): Promise<RayAnswer> {
  const method = request.method ?? 'GET';
  const { status, text } = await send(endpoint, path, method, request);
  if (status === 401 || status === 403) {
    if (/auth|token/i.test(text) || status === 401) {
      fail({ code: 'ray-unauthorised', address: endpoint.address, tokenGiven: endpoint.token !== null });
    }
  }
  if (status >= 400 && !request.accept?.includes(status)) {
    fail({ code: 'ray-answer', request: `${method} ${path}`, status, detail: text.slice(0, 2000) });
  }
  return { status, body: parse(text) };
}

/**
 * An answer that goes on, in pieces as they come; ends when Ray ends it, at the signal, and when the connection is lost.
 * Nothing comes of anything but 200.
 */
export async function* rayStream(
  endpoint: Endpoint,
  path: string,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  const url = new URL(endpoint.address + path);
  const incoming = await new Promise<http.IncomingMessage | null>((resolve) => {
    (url.protocol === 'https:' ? https : http)
      .get(url, { headers: authHeaders(endpoint), agent: false, signal }, resolve)
      .on('error', () => resolve(null));
  });
  if (incoming?.statusCode !== 200) {
    incoming?.destroy();
    return;
  }
  try {
    for await (const piece of incoming) yield piece as Buffer;
  } catch {
    // Whoever reads asks again from where it was.
  } finally {
    incoming.destroy();
  }
}

const agents = {
  'http:': new http.Agent({ keepAlive: true }),
  'https:': new https.Agent({ keepAlive: true }),
};

function send(
  endpoint: Endpoint,
  path: string,
  method: string,
  request: RayRequest,
): Promise<{ status: number; text: string }> {
  const url = new URL(endpoint.address + path);
  const body =
    request.body === undefined || Buffer.isBuffer(request.body) ? request.body : JSON.stringify(request.body);
  const headers: Record<string, string> = { ...authHeaders(endpoint) };
  if (body !== undefined) {
    headers['Content-Type'] = Buffer.isBuffer(body) ? 'application/octet-stream' : 'application/json';
    headers['Content-Length'] = String(Buffer.byteLength(body));
  }
  return new Promise((resolve, reject) => {
    const unreachable = (detail: string) => {
      try {
        fail({ code: 'ray-unreachable', address: endpoint.address, detail });
      } catch (error) {
        reject(error as Error);
      }
    };
    const outgoing = (url.protocol === 'https:' ? https : http).request(
      url,
      {
        method,
        headers,
        agent: url.protocol === 'https:' ? agents['https:'] : agents['http:'],
        timeout: request.timeoutMs ?? 10_000,
        ...(request.signal ? { signal: request.signal } : {}),
      },
      (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('end', () =>
          resolve({ status: incoming.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }),
        );
        incoming.on('error', (error) => unreachable(error.message));
      },
    );
    outgoing.on('timeout', () => outgoing.destroy(new Error('no answer in time')));
    outgoing.on('error', (error) =>
      error.name === 'AbortError' ? reject(error) : unreachable(error.message),
    );
    outgoing.end(body);
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
