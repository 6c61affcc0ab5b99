/** Whether the trace is whole. */
export interface Accounts {
  /** Tasks that are shown, and how many of them have ended. */
  tasks: number;
  ended: number;
  /** Tasks of the job that Ray itself counts, without its own servants; null while it was not asked. */
  countedByRay: number | null;
  /** Records that are missing by all that is known; 0 says that nothing is. */
  lost: number;
}
