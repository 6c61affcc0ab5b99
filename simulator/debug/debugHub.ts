/** All debug sessions of the engine, and which run each is about. */
import type { Log } from '../base/context';
import { DebugSession, type ClientChannel } from './debugSession';
import type { DebugHost, DebugPlace } from './debugHost';
import type { Invitation } from './invitation';
import type { DebugOptions } from './launchArguments';

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

  /**
   * Before the processes of a debug run start; what they need to know, or null: without a session (its client has left)
   * they run undebugged.
   */
  async placed(
    run: string,
    place: (options: DebugOptions) => Promise<DebugPlace>,
  ): Promise<Invitation | null> {
    const session = this.byRun.get(run);
    return session ? session.placed(run, await place(session.options)) : null;
  }
}
