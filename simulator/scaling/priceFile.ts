/** The price table that the user may have written. */
import { existsSync, readFileSync } from 'node:fs';
import { fail } from '../model/failure';
import { readPrices, USUAL_PRICES, type PriceTable } from './prices';

/** The usual prices where the file is not there; fails as `bad-request` where it is no table. */
export function pricesIn(file: string): PriceTable {
  if (!existsSync(file)) return USUAL_PRICES;
  try {
    return readPrices(readFileSync(file, 'utf8'));
  } catch (error) {
    return fail({ code: 'bad-request', detail: `${file}: ${(error as Error).message}` });
  }
}
