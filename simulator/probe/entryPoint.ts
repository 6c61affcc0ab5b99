/** The shell line that a slot's Ray job runs: `launcher.py`, and around it the shell that keeps the exit code. */
import { quoteWord } from '../model/shell';

/**
 * `python` is the cluster's interpreter, `launcher` and `slot` are absolute paths as the head node sees them. When the
 * program ends, its exit code (128 + n for signal n) stands in `SLOT/exit` as one line, and is the job's own.
 *
 * The shell must outlive the signals that Ray sends to every process of a job that it stops; a trap, unlike an ignored
 * signal, is not inherited by the program. It cannot outlive SIGKILL, three seconds later: then there is no file.
 */
export function slotEntryPoint(python: string, launcher: string, slot: string): string {
  const dir = quoteWord(slot);
  return (
    `trap : TERM INT HUP; ${quoteWord(python)} -I -S ${quoteWord(launcher)} ${dir}; code=$?; ` +
    `if [ -d ${dir} ]; then echo $code > ${dir}/exit.tmp && mv ${dir}/exit.tmp ${dir}/exit; fi; exit $code`
  );
}
