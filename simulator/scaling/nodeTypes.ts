/** `cpus=8,gpus=1,memory=32GB,price=1.2` as a kind of node. */
import { countOf } from '../model/format';
import type { NodeType } from '../model/scaling';

const UNITS: Record<string, number> = {
  '': 1,
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 1024,
  mib: 1024 ** 2,
  gib: 1024 ** 3,
  tib: 1024 ** 4,
};

/** Throws an `Error` with words for a user where it cannot be read. Names other than the known ones are custom resources. */
export function parseNodeType(text: string): NodeType {
  const type: NodeType = {
    name: '',
    cpus: 0,
    gpus: 0,
    memoryBytes: 0,
    resources: {},
    pricePerHour: null,
    count: null,
  };
  for (const part of text.split(',').map((word) => word.trim())) {
    const match = /^([\w.-]+)=(.+)$/.exec(part);
    if (!match) throw new Error(`"${part}" is not of the form NAME=AMOUNT, as in cpus=8,gpus=1.`);
    const [, name = '', value = ''] = match;
    if (name === 'name') type.name = value;
    else if (name === 'memory') type.memoryBytes = size(value);
    else if (name === 'price') type.pricePerHour = amount(name, value);
    else if (name === 'count') type.count = wholeCount(value);
    else if (name === 'cpus' || name === 'gpus') type[name] = amount(name, value);
    else type.resources[name] = amount(name, value);
  }
  if (type.cpus === 0 && type.gpus === 0 && Object.keys(type.resources).length === 0) {
    throw new Error('A node needs CPUs, GPUs or resources, as in cpus=8,gpus=1.');
  }
  type.name ||= [countOf(type.cpus, 'CPU'), type.gpus > 0 ? countOf(type.gpus, 'GPU') : '']
    .filter(Boolean)
    .join(', ');
  return type;
}

function amount(name: string, value: string): number {
  const number = Number(value);
  if (!Number.isFinite(number) || number < 0) throw new Error(`${name}=${value}: not a number from 0.`);
  return number;
}

function wholeCount(value: string): number {
  const count = Number(value);
  if (!isCount(count)) throw new Error(`count=${value}: not a whole number from 1.`);
  return count;
}

/** Of nodes. */
export function isCount(count: number): boolean {
  return Number.isInteger(count) && count >= 1;
}

function size(value: string): number {
  const match = /^([\d.]+)\s*([a-z]*)$/i.exec(value);
  const unit = UNITS[match?.[2]?.toLowerCase() ?? '?'];
  if (!match || unit === undefined || !Number.isFinite(Number(match[1]))) {
    throw new Error(`memory=${value}: give it as in 32GB.`);
  }
  return Number(match[1]) * unit;
}
