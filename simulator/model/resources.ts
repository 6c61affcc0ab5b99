/** What nodes have and tasks ask for beside CPUs, GPUs and memory. */

/** What Ray names by itself: a node's address and its part in the cluster, a GPU's kind, shares of placement groups. */
const OF_RAY =
  /^(CPU|GPU|memory|object_store_memory|node:.*|accelerator_type:.*|.*_group_(\d+_)?[\da-f]{20,})$/;

/** Of amounts by Ray's names those of custom resources, without zeros. */
export function customResources(amounts: Record<string, number>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(amounts).filter(([name, amount]) => amount > 0 && !OF_RAY.test(name)),
  );
}
