/** A debug adapter that is the engine's: carries messages over a connection of its own. */
import * as vscode from 'vscode';
import type { RawConnection } from '../../simulator/client/connection';
import { toFailure } from '../../simulator/model/failure';
import { failureMessage } from '../../simulator/model/failureWords';
import type { EngineLink } from '../engineLink';

interface Request {
  seq: number;
  type: string;
  command: string;
}

export class EngineDebugAdapter implements vscode.DebugAdapter {
  private readonly sent = new vscode.EventEmitter<vscode.DebugProtocolMessage>();
  readonly onDidSendMessage = this.sent.event;
  private readonly connection: Promise<RawConnection>;
  private seq = 0;

  constructor(link: EngineLink) {
    this.connection = link.openDebug();
    this.connection.then(
      (connection) => {
        connection.onMessage((text) => this.sent.fire(JSON.parse(text) as vscode.DebugProtocolMessage));
        connection.onClosed(() => this.event('terminated'));
      },
      () => undefined,
    );
  }

  handleMessage(message: vscode.DebugProtocolMessage): void {
    this.connection.then(
      (connection) => connection.send(JSON.stringify(message)),
      (thrown: unknown) => this.refuse(message as Request, thrown),
    );
  }

  dispose(): void {
    this.connection.then(
      (connection) => connection.dispose(),
      () => undefined,
    );
  }

  private refuse({ seq, type, command }: Request, thrown: unknown): void {
    if (type !== 'request') return;
    const message = failureMessage(toFailure(thrown));
    const response = { type: 'response', request_seq: seq, command, success: false, message };
    this.sent.fire({ seq: ++this.seq, ...response } as vscode.DebugProtocolMessage);
  }

  private event(event: string): void {
    this.sent.fire({ seq: ++this.seq, type: 'event', event } as vscode.DebugProtocolMessage);
  }
}
