import { describe, expect, it } from 'vitest';
import { containerUser, namedUser, numericUser, type HostUser } from '../../../simulator/cluster/dockerUser';

const linux: HostUser = { platform: 'linux', uid: 1001, gid: 1002 };
const engine = { rootless: false, desktop: false };
const rayproject = { uid: 1000, gid: 100 };

describe('containerUser', () => {
  it('runs as the user of this machine, with a home and a name that an unknown number lacks', () => {
    expect(containerUser(linux, engine, rayproject, '/shared')).toEqual({
      user: '1001:1002',
      groups: ['100'],
      env: { HOME: '/shared/home', USER: 'heliostat', LOGNAME: 'heliostat' },
      home: '/shared/home',
    });
  });

  it("leaves the image's home to a user whose number the image knows", () => {
    const host = { ...linux, uid: 1000, gid: 1000 };
    expect(containerUser(host, engine, rayproject, '/shared')).toEqual({
      user: '1000:1000',
      groups: ['100'],
      env: {},
      home: null,
    });
  });

  it.each([
    ['root', { ...linux, uid: 0, gid: 0 }, engine],
    ['rootless engines', linux, { ...engine, rootless: true }],
    ['Docker Desktop', linux, { ...engine, desktop: true }],
    ['a Mac', { ...linux, platform: 'darwin' as const }, engine],
  ])('is root inside for %s', (_who, host, facts) => {
    expect(containerUser(host, facts, rayproject, '/shared')).toMatchObject({ user: '0:0', home: null });
  });
});

describe("an image's USER", () => {
  it('is read from numbers', () => {
    expect(numericUser('')).toEqual({ uid: 0, gid: 0 });
    expect(numericUser('1000')).toEqual({ uid: 1000, gid: 0 });
    expect(numericUser('1000:100')).toEqual({ uid: 1000, gid: 100 });
    expect(numericUser('ray')).toBeNull();
  });

  it('is looked up by its name', () => {
    const passwd = 'root:x:0:0:root:/root:/bin/bash\nray:x:1000:100::/home/ray:/bin/bash\n';
    expect(namedUser('ray', passwd)).toEqual({ uid: 1000, gid: 100 });
    expect(namedUser('ray:users', passwd)).toEqual({ uid: 1000, gid: 100 });
    expect(namedUser('ra', passwd)).toBeNull();
  });
});
