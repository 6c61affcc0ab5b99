/** Where the containers of a cluster post Ray's events: at this machine's end of their own network, with a secret. */
import { portAt } from '../base/ports';
import { eventUrl, newEventAddress } from '../ray/eventReceiver';
import type { ClusterStart } from './dockerStart';
import { networkName } from './dockerPlan';

/**
 * Chooses an address once the network is there. Null without recording, and where the engine is not on this machine (or
 * in a virtual one): nothing of ours could listen where containers reach it and others do not.
 */
export async function newEventUrl({ engine, plan, files }: ClusterStart): Promise<string | null> {
  if (!plan.spec.recording) return null;
  const network = (await engine.docker.getNetwork(networkName(plan.id)).inspect()) as NetworkFacts;
  const gateway = network.IPAM?.Config?.find(({ Gateway }) => Gateway !== undefined)?.Gateway;
  const port = gateway === undefined ? null : await portAt(gateway);
  if (gateway === undefined || port === null) return null;
  return eventUrl(newEventAddress(files.dir, port, gateway));
}

interface NetworkFacts {
  IPAM?: { Config?: { Gateway?: string }[] };
}
