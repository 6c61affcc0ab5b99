/** All debug sessions of the engine, and which run each is about. */
import type { Log } from '../base/context';
import { DebugSession, type ClientChannel } from './debugSession';
import type { DebugHost, DebugPlace } from './debugHost';

export class DebugHub {
  private readonly byRun = new Map<string, DebugSession>();

  constructor(
    private readonly host: DebugHost,
    private readonly log: Log,
  ) {}

  /** A client has come; what it wants it says over the channel. */
  open(channel: ClientChannel): void {
    let run: string | null = null;
    const session: DebugSession = new DebugSession(
      channel,
      this.host,
      this.log,
      (id) => {
        run = id;
        this.byRun.set(id, session);
      },
      () => {
        if (run !== null && this.byRun.get(run) === session) this.byRun.delete(run);
      },
    );
  }

  /** Before the processes of a debug run start. Without a session (its client has left) they run undebugged. */
  async placed(run: string, place: () => Promise<DebugPlace>): Promise<void> {
    const session = this.byRun.get(run);
    if (session) await session.placed(run, await place());
  }
}
