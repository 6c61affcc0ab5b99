/** The innermost frame of a stopped thread. */
import type { DebugProtocol } from '@vscode/debugprotocol';
import { type Debuggee, RequestError } from './debuggee';

/** Evaluates in the innermost frame of a stopped thread, by that thread; returns the value's `repr`. */
export async function evaluateAtTop(
  debuggee: Debuggee,
  threadId: number,
  expression: string,
): Promise<string> {
  const frame = await topFrame(debuggee, threadId);
  const asked = { expression, frameId: frame.id, context: 'watch' };
  return (await debuggee.request<{ result: string }>('evaluate', asked)).result;
}

export async function topFrame(debuggee: Debuggee, threadId: number): Promise<DebugProtocol.StackFrame> {
  const asked = { threadId, startFrame: 0, levels: 1 };
  const { stackFrames } = await debuggee.request<DebugProtocol.StackTraceResponse['body']>(
    'stackTrace',
    asked,
  );
  if (!stackFrames[0]) throw new RequestError('The thread has no frame to show.');
  return stackFrames[0];
}
