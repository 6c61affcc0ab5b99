/** A question to the engine, as views put it. */
import type { Method, Params, Result } from '../simulator/protocol';

export type Ask = <M extends Method>(method: M, params: Params<M>) => Promise<Result<M>>;
