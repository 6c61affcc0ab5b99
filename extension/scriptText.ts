/** A first, cheap look at a document: whether it is worth asking the engine about. Pure. */

const MENTIONS_RAY = /\bray\b/;
const METADATA = /^# \/\/\/ script\s*$/m;

/** Whether the text mentions Ray or carries a metadata block. It may say yes too often, never no too often. */
export function mayUseRay(text: string): boolean {
  return MENTIONS_RAY.test(text) || METADATA.test(text);
}
