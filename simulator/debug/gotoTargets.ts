/**
 * Lines to go on from. A client asks for them without saying in which thread, and a process knows only the targets that
 * it named itself: so the session names them, and the thread's own process is asked once one is chosen.
 */
import type { DebugProtocol } from '@vscode/debugprotocol';
import { RequestError } from './debuggee';
import type { Threads } from './threads';

interface Place {
  path: string;
  line: number;
}

export class GotoTargets {
  /** A target's number is its place here, from 1. */
  private readonly places: Place[] = [];

  constructor(private readonly threads: Threads) {}

  targets({ source, line }: DebugProtocol.GotoTargetsArguments): DebugProtocol.GotoTargetsResponse['body'] {
    const { path } = source;
    if (path === undefined) throw new RequestError('Only lines of files can be gone to.');
    const known = this.places.findIndex((one) => one.path === path && one.line === line) + 1;
    return { targets: [{ id: known || this.places.push({ path, line }), label: `${path}:${line}`, line }] };
  }

  async goto({ threadId, targetId }: DebugProtocol.GotoArguments): Promise<object> {
    const thread = this.threads.get(threadId);
    const place = this.places[targetId - 1];
    if (!thread?.isStopped) throw new RequestError('The thread is running.');
    if (!place) throw new RequestError('That target is not known.');
    const { debuggee, id } = thread.local;
    const { targets } = await debuggee.request<DebugProtocol.GotoTargetsResponse['body']>('gotoTargets', {
      source: { path: place.path },
      line: place.line,
    });
    if (!targets[0]) throw new RequestError('The thread cannot go on from there.');
    return debuggee.request<object>('goto', { threadId: id, targetId: targets[0].id });
  }
}
