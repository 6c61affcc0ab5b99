/**
 * What the page and the extension say to each other inside VS Code, beside the engine's own frames, which the
 * extension passes on as they are. Types only.
 *
 * The page speaks first: `ready`. It answers every `show` by drawing that run, and sends `hello` to the engine itself.
 * Each panel needs an engine connection of its own, since frame ids and watched topics belong to one connection.
 */
import type { RequestFrame, ServerFrame } from '../simulator/protocol';

export type PageToHost = { engine: RequestFrame } | { host: HostRequest };
export type HostToPage = { engine: ServerFrame } | { host: HostNotice };

export type HostRequest =
  /** The page listens; answer with `show`. */
  | { kind: 'ready' }
  /** Open a file in an editor; `line` is from 1. */
  | { kind: 'openSource'; file: string; line: number }
  | { kind: 'openExternal'; url: string }
  /** Run a command of the extension on behalf of the run that is shown. */
  | { kind: 'command'; command: string; runId: string | null; task?: string }
  /** The page shows this run now; null is the list of runs. For the panel's title. */
  | { kind: 'showing'; runId: string | null; title: string };

export type HostNotice =
  /** Draw this run, beside another if that is named; null is the list of runs and clusters. */
  | { kind: 'show'; runId: string | null; compareWith?: string }
  /** The extension's connection to the engine came or went; what was pending is lost when it went. */
  | { kind: 'connection'; state: 'open' }
  | { kind: 'connection'; state: 'closed'; reason: string };
