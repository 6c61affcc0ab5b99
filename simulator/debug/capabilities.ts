/** What the hub can do, as `initialize` tells it. */
import type { DebugProtocol } from '@vscode/debugprotocol';

export const CAPABILITIES: DebugProtocol.Capabilities = {
  supportsConfigurationDoneRequest: true,
  supportsConditionalBreakpoints: true,
  supportsHitConditionalBreakpoints: true,
  supportsLogPoints: true,
  supportsFunctionBreakpoints: true,
  supportsEvaluateForHovers: true,
  supportsSetVariable: true,
  supportsSetExpression: true,
  supportsCompletionsRequest: true,
  supportsExceptionInfoRequest: true,
  supportsStepInTargetsRequest: true,
  supportsGotoTargetsRequest: true,
  supportsDelayedStackTraceLoading: true,
  supportsValueFormattingOptions: true,
  supportsClipboardContext: true,
  supportsSingleThreadExecutionRequests: true,
  supportTerminateDebuggee: true,
  supportsTerminateRequest: true,
  exceptionBreakpointFilters: [
    {
      filter: 'uncaught',
      label: 'Failing Tasks',
      description:
        'Stop where a task or the script raised an error that nobody caught, before Ray retries it.',
      default: true,
    },
    {
      filter: 'userUnhandled',
      label: 'Errors That Leave Your Code',
      description: 'Stop when an error passes from your code into a library.',
      default: false,
    },
    {
      filter: 'raised',
      label: 'Raised Errors',
      description: 'Stop whenever an error is raised, also where it is caught.',
      default: false,
    },
  ],
};
