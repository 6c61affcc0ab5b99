import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { engineAddresses } from '../../../simulator/cluster/dockerAddress';

describe('engineAddresses', () => {
  let home: string;
  beforeEach(() => {
    home = mkdtempSync(path.join(tmpdir(), 'home-'));
  });
  afterEach(() => rmSync(home, { recursive: true, force: true }));

  const urls = (env: NodeJS.ProcessEnv) => engineAddresses({ env, home }).map((address) => address.url);

  function writeContext(name: string, host: string, config: object): void {
    const hash = createHash('sha256').update(name).digest('hex');
    const folder = path.join(home, '.docker', 'contexts', 'meta', hash);
    mkdirSync(folder, { recursive: true });
    const meta = { Name: name, Endpoints: { docker: { Host: host } } };
    writeFileSync(path.join(folder, 'meta.json'), JSON.stringify(meta));
    writeFileSync(path.join(home, '.docker', 'config.json'), JSON.stringify(config));
  }

  it('tries the usual sockets in turn, Docker before Podman', () => {
    expect(urls({ XDG_RUNTIME_DIR: '/run/user/7' })).toEqual([
      'unix:///var/run/docker.sock',
      'unix:///run/user/7/docker.sock',
      `unix://${home}/.docker/run/docker.sock`,
      'unix:///run/user/7/podman/podman.sock',
      'unix:///run/podman/podman.sock',
    ]);
    expect(urls({})).toHaveLength(3);
  });

  it('tries nothing else than what DOCKER_HOST names', () => {
    expect(engineAddresses({ env: { DOCKER_HOST: 'unix:///my.sock' }, home })).toEqual([
      { url: 'unix:///my.sock', source: 'DOCKER_HOST' },
    ]);
    expect(urls({ DOCKER_HOST: '127.0.0.1:2375' })).toEqual(['tcp://127.0.0.1:2375']);
  });

  it('follows the chosen context, and DOCKER_HOST before it', () => {
    writeContext('colima', 'unix:///colima.sock', { currentContext: 'colima' });
    expect(engineAddresses({ env: {}, home })).toEqual([
      { url: 'unix:///colima.sock', source: 'the Docker context "colima"' },
    ]);
    expect(urls({ DOCKER_CONTEXT: 'default' })[0]).toBe('unix:///var/run/docker.sock');
    expect(urls({ DOCKER_HOST: 'unix:///my.sock' })).toEqual(['unix:///my.sock']);
  });

  it('takes a context from DOCKER_CONTEXT and its folder from DOCKER_CONFIG', () => {
    writeContext('desk', 'unix:///desk.sock', {});
    const env = { DOCKER_CONTEXT: 'desk', DOCKER_CONFIG: path.join(home, '.docker') };
    expect(engineAddresses({ env, home: '/nowhere' })[0]?.url).toBe('unix:///desk.sock');
  });

  it('reads past a configuration that is broken or names a context that is gone', () => {
    mkdirSync(path.join(home, '.docker'));
    writeFileSync(path.join(home, '.docker', 'config.json'), '{ "currentContext": ');
    expect(urls({})[0]).toBe('unix:///var/run/docker.sock');
    expect(urls({ DOCKER_CONTEXT: 'gone' })[0]).toBe('unix:///var/run/docker.sock');
  });
});
