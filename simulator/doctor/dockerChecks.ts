/** The container engine: which one, where it listens, and what it can limit. */
import { connectDocker, type DockerEngine } from '../cluster/dockerEngine';
import type { DoctorCheck } from '../model/doctor';
import { bytes } from '../model/format';
import { FailureError } from '../model/failure';
import type { Patient } from './doctor';
import { installLine } from './tools';

export async function dockerChecks({ env }: Pick<Patient, 'env'>): Promise<DoctorCheck[]> {
  const engine = await connectDocker(env).catch((thrown: unknown) => {
    if (thrown instanceof FailureError && thrown.failure.code === 'docker-unavailable') return thrown.failure;
    throw thrown;
  });
  return 'code' in engine ? [missing(engine)] : [product(engine), ...kindOf(engine), ...limits(engine)];
}

function missing({ reason, socket }: { reason: string; socket: string }): DoctorCheck {
  const isInstalled = !/not installed/.test(reason);
  const start = /type `([^`]+)`/i.exec(reason)?.[1];
  const fix = isInstalled ? start : installLine('docker.io', 'moby-engine', '--cask docker');
  return {
    area: 'docker',
    name: 'Engine',
    state: 'lacking',
    found: `${reason}${socket ? ` (${socket})` : ''}`,
    ...(fix ? { fix } : {}),
  };
}

function product({ address, facts }: DockerEngine): DoctorCheck {
  const source = address.source === 'the default socket' ? '' : ` by ${address.source}`;
  return {
    area: 'docker',
    name: 'Engine',
    state: 'good',
    found: `${facts.product} ${facts.version} on ${facts.system}, ${facts.cpus} CPUs, ${bytes(facts.memoryBytes)} (${address.url}${source})`,
  };
}

/** What works differently on engines of that kind. */
function kindOf({ facts }: DockerEngine): DoctorCheck[] {
  const kinds = [
    facts.desktop ? 'Docker Desktop: only folders that it shares can be mounted' : null,
    facts.rootless
      ? 'rootless: files of containers belong to you; limits need cgroup v2 with delegation'
      : null,
    facts.product === 'Podman' ? "Podman's Docker-compatible socket" : null,
    facts.userNamespaces ? 'user namespaces are mapped: nodes run outside the mapping' : null,
    facts.selinux ? 'SELinux: labels are off for nodes, so that your folders need no new ones' : null,
  ].filter((kind) => kind !== null);
  return kinds.map((found) => ({ area: 'docker', name: 'Kind', state: 'info', found }));
}

function limits({ facts }: DockerEngine): DoctorCheck[] {
  const lacking = [facts.limitsMemory ? null : 'memory', facts.limitsCpus ? null : 'CPUs'].filter(
    (what) => what !== null,
  );
  const isWhole = lacking.length === 0;
  return [
    {
      area: 'docker',
      name: 'Limits',
      state: isWhole ? 'good' : 'lacking',
      found: isWhole
        ? `CPUs and memory of nodes are limited (cgroup ${facts.cgroupVersion ?? 'version unknown'})`
        : `the kernel does not limit ${lacking.join(' and ')} of containers here`,
      ...(isWhole
        ? {}
        : {
            fix: facts.rootless
              ? 'sudo mkdir -p /etc/systemd/system/user@.service.d && printf "[Service]\\nDelegate=cpu cpuset io memory pids\\n" | sudo tee /etc/systemd/system/user@.service.d/delegate.conf && sudo systemctl daemon-reload'
              : "sudo sed -i 's/^GRUB_CMDLINE_LINUX=\"/&cgroup_enable=memory swapaccount=1 /' /etc/default/grub && sudo update-grub",
          }),
    },
  ];
}
