/** What nodes cost. The table lies in a file that the user may change; without one the list below holds. */
import type { NodeType } from '../model/scaling';

export interface PriceTable {
  /** Where the prices are from and when, in words that are shown as an assumption. */
  source: string;
  currency: string;
  /** For nodes that are not in the list. */
  perCpuHour: number;
  perGpuHour: number;
  types: { name: string; cpus: number; gpus: number; memoryGiB: number; perHour: number }[];
}

export const USUAL_PRICES: PriceTable = {
  source:
    'AWS on-demand list prices, us-east-1, as known in 2025; discounts, spot and storage are not in them',
  currency: 'USD',
  perCpuHour: 0.048,
  perGpuHour: 0.8,
  types: [
    { name: 'm6i.2xlarge', cpus: 8, gpus: 0, memoryGiB: 32, perHour: 0.384 },
    { name: 'm6i.4xlarge', cpus: 16, gpus: 0, memoryGiB: 64, perHour: 0.768 },
    { name: 'm6i.8xlarge', cpus: 32, gpus: 0, memoryGiB: 128, perHour: 1.536 },
    { name: 'm6i.16xlarge', cpus: 64, gpus: 0, memoryGiB: 256, perHour: 3.072 },
    { name: 'c6i.4xlarge', cpus: 16, gpus: 0, memoryGiB: 32, perHour: 0.68 },
    { name: 'c6i.16xlarge', cpus: 64, gpus: 0, memoryGiB: 128, perHour: 2.72 },
    { name: 'g4dn.xlarge', cpus: 4, gpus: 1, memoryGiB: 16, perHour: 0.526 },
    { name: 'g5.xlarge', cpus: 4, gpus: 1, memoryGiB: 16, perHour: 1.006 },
    { name: 'g5.4xlarge', cpus: 16, gpus: 1, memoryGiB: 64, perHour: 1.624 },
    { name: 'g5.12xlarge', cpus: 48, gpus: 4, memoryGiB: 192, perHour: 5.672 },
    { name: 'p4d.24xlarge', cpus: 96, gpus: 8, memoryGiB: 1152, perHour: 32.773 },
  ],
};

/** The table of a file's text. Throws an `Error` with words where it is none. */
export function readPrices(text: string): PriceTable {
  const table = JSON.parse(text) as Partial<PriceTable>;
  const numbers = [table.perCpuHour, table.perGpuHour];
  if (numbers.some((n) => typeof n !== 'number' || !(n >= 0)))
    throw new Error('"perCpuHour" and "perGpuHour" must be numbers from 0.');
  for (const type of table.types ?? []) {
    if (typeof type.name !== 'string' || !(type.cpus > 0) || !(type.perHour >= 0) || !(type.gpus >= 0))
      throw new Error(`The type ${JSON.stringify(type)} needs "name", "cpus", "gpus" and "perHour".`);
  }
  return { ...USUAL_PRICES, ...table };
}

/** The type with a price: its own, that of the type of its name, or by its CPUs and GPUs. */
export function priced(type: NodeType, table: PriceTable): NodeType {
  if (type.pricePerHour !== null) return type;
  const listed = table.types.find(({ name }) => name === type.name);
  const pricePerHour = listed?.perHour ?? type.cpus * table.perCpuHour + type.gpus * table.perGpuHour;
  return { ...type, pricePerHour };
}

export function typesOf(table: PriceTable): NodeType[] {
  return table.types.map(({ name, cpus, gpus, memoryGiB, perHour }) => ({
    name,
    cpus,
    gpus,
    memoryBytes: memoryGiB * 1024 ** 3,
    resources: {},
    pricePerHour: perHour,
    count: null,
  }));
}
