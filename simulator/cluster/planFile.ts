/** Reading a plan from JSON: what must be there is checked, what may be missing gets its default, the rest is ignored. */
import type { ClusterSpec, NodeGroup } from '../model/cluster';
import { list, number, numberMap, object, text, textMap, type Json } from '../ray/decode';
import type { ClusterPlan, NodePlan } from './backend';

/** Null when it is no plan. */
export function readPlan(value: unknown): ClusterPlan | null {
  const json = object(value);
  const id = text(json['id']);
  const spec = readSpec(object(json['spec']));
  const nodes = list(json['nodes']).map((node) => readNode(object(node)));
  if (!id || !spec || nodes.length === 0 || !nodes.every((node) => node !== null)) return null;
  return {
    id,
    name: text(json['name']) ?? id,
    spec,
    nodes,
    createdMs: number(json['createdMs']) ?? 0,
    idleMinutes: number(json['idleMinutes']) ?? 0,
    origin: text(json['origin']),
    ...(json['keep'] === true ? { keep: true } : {}),
    ...(number(json['orphanMinutes']) === null ? {} : { orphanMinutes: number(json['orphanMinutes'])! }),
    ...(number(json['nextIndex']) === null ? {} : { nextIndex: number(json['nextIndex'])! }),
  };
}

function readSpec(json: Json): ClusterSpec | null {
  const backend = json['backend'];
  if (backend !== 'process' && backend !== 'docker') return null;
  const python = text(json['python']);
  const image = text(json['image']);
  return {
    backend,
    groups: list(json['groups']).map((group) => readGroup(object(group))),
    ...(python ? { python } : {}),
    ...(image ? { image } : {}),
    ...readSource(json),
    mounts: list(json['mounts']).filter((mount) => typeof mount === 'string'),
    recording: json['recording'] === true,
    ...(json['network'] === undefined ? {} : { network: numberMap(json['network']) }),
  };
}

function readSource(json: Json): Pick<ClusterSpec, 'dockerfile' | 'expected'> {
  const dockerfile = text(json['dockerfile']);
  const { ray, python, where } = textMap(json['expected']);
  return {
    ...(dockerfile ? { dockerfile } : {}),
    ...(ray && python && where ? { expected: { ray, python, where } } : {}),
  };
}

const NUMBERS = [
  'min',
  'max',
  'idleTimeoutMs',
  'cpus',
  'memoryBytes',
  'objectStoreBytes',
  'shmBytes',
  'gpus',
] as const;

function readGroup(json: Json): NodeGroup {
  const group: NodeGroup = { count: number(json['count']) ?? 1 };
  const name = text(json['name']);
  if (name) group.name = name;
  for (const key of NUMBERS) {
    const value = number(json[key]);
    if (value !== null) group[key] = value;
  }
  if (json['resources'] !== undefined) group.resources = numberMap(json['resources']);
  if (json['labels'] !== undefined) group.labels = textMap(json['labels']);
  return group;
}

function readNode(json: Json): NodePlan | null {
  const index = number(json['index']);
  const cpus = number(json['cpus']);
  if (index === null || cpus === null) return null;
  return {
    index,
    name: text(json['name']) ?? (index === 0 ? 'head' : `node ${index}`),
    isHead: index === 0,
    group: text(json['group']) ?? 'group1',
    cpus,
    gpus: number(json['gpus']) ?? 0,
    gpusSimulated: json['gpusSimulated'] === true,
    gpuIds: list(json['gpuIds']).filter((one) => typeof one === 'string'),
    memoryBytes: number(json['memoryBytes']) ?? 0,
    objectStoreBytes: number(json['objectStoreBytes']) ?? 0,
    resources: numberMap(json['resources']),
    labels: textMap(json['labels']),
    ...(number(json['shmBytes']) === null ? {} : { shmBytes: number(json['shmBytes'])! }),
  };
}
