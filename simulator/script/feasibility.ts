/** Warns of requests that no node of the wanted cluster can ever satisfy, since Ray only waits for such a node. */
import type { ScriptDiagnostic } from '../model/script';
import { ClusterEditor } from './clusterEditor';
import type { Annotation } from './annotation';
import { available, distance, isFeasible, meets, nodeShapes, type NodeShape } from './clusterShape';
import { clusterFixes } from './clusterFixes';
import { warning } from './diagnostics';
import { formatMemorySize } from './memorySize';
import type { MetadataBlock } from './metadata';
import type { LabelNeed, Need, RayRequest } from './rayRequests';
import type { TextLines } from './textLines';

export interface WantedCluster {
  lines: TextLines;
  block: MetadataBlock | null;
  annotation: Annotation | null;
  /** CPUs of the machine, which nodes share when they name none. */
  hostCpus: number;
}

/** Both annotation and block are null for a script without one; a cluster that could not be read is not judged. */
export function checkFeasibility(requests: readonly RayRequest[], wanted: WantedCluster): ScriptDiagnostic[] {
  if (wanted.annotation && !wanted.annotation.clusterKnown) return [];
  const groups = wanted.annotation?.groups.map(({ group }) => group) ?? [];
  const shapes = nodeShapes(groups, wanted.hostCpus);
  const editor = new ClusterEditor(wanted.lines, wanted.block, wanted.annotation);
  return requests.flatMap((request) => {
    if (isFeasible(request, shapes)) return [];
    const fixes = clusterFixes(request, { requests, groups, hostCpus: wanted.hostCpus, editor });
    return complaints(request, shapes).map(({ need, message }) =>
      warning(
        'infeasible',
        `${message}: Ray would wait forever.`,
        wanted.lines.range(need.from, need.to),
        fixes,
      ),
    );
  });
}

interface Complaint {
  need: Need;
  message: string;
}

/** On each argument that alone is too much; else on one that is too much together with the others. */
function complaints(request: RayRequest, shapes: readonly NodeShape[]): Complaint[] {
  const hopeless = request.needs.filter((need) => !shapes.some((shape) => meets(shape, need)));
  // What the definition asks for in vain is reported there.
  if (hopeless.length > 0) {
    return hopeless.filter(({ own }) => own).map((need) => ({ need, message: missing(need, shapes) }));
  }
  const [nearest] = shapes.toSorted((a, b) => distance(request, a) - distance(request, b));
  const own = request.needs.filter((need) => need.own);
  const need = own.find((one) => nearest && !meets(nearest, one)) ?? own[0];
  const all = request.needs.map(describe).join(' and ');
  return need ? [{ need, message: `No single node of this cluster has ${all} together` }] : [];
}

function missing(need: Need, shapes: readonly NodeShape[]): string {
  if (need.kind === 'label') {
    const { negated } = need.condition;
    return `${negated ? 'Every' : 'No'} node of this cluster has the label ${labelWords(need)}`;
  }
  const largest = Math.max(...shapes.map((shape) => available(shape, need)));
  if (largest === 0)
    return `No node of this cluster has ${need.kind === 'resource' ? `the resource "${need.name}"` : 'a GPU'}`;
  const [much, why] =
    need.kind === 'memory' ? [formatMemorySize(largest), ', as Ray keeps a part for objects'] : [largest, ''];
  return `No node of this cluster has ${describe(need)} (the largest has ${much}${why})`;
}

function describe(need: Need): string {
  switch (need.kind) {
    case 'memory':
      return `${formatMemorySize(need.amount)} of memory for tasks`;
    case 'resource':
      return `${need.amount} of the resource "${need.name}"`;
    case 'label':
      return `${need.condition.negated ? 'no' : 'the'} label ${labelWords(need)}`;
    default:
      return `${need.amount} ${need.kind}${need.amount === 1 ? '' : 's'}`;
  }
}

function labelWords({ name, condition }: LabelNeed): string {
  return `${name} = ${condition.values.map((value) => `"${value}"`).join(' or ')}`;
}
