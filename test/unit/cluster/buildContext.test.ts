import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { buildArguments } from '../../../simulator/cluster/buildArguments';
import { namedSources, readBuildContext } from '../../../simulator/cluster/buildContext';
import { BuildOutput } from '../../../simulator/cluster/dockerBuild';
import { versionsInName } from '../../../simulator/cluster/imageVersions';
import { toFailure } from '../../../simulator/model/failure';

const dir = mkdtempSync(path.join(tmpdir(), 'hsbuild-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

function write(name: string, text: string): string {
  const file = path.join(dir, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

describe('the sources that a Dockerfile names', () => {
  it.each([
    ['FROM a\nCOPY requirements.txt /tmp/', ['requirements.txt']],
    ['FROM a\ncopy --chown=1:1 ./a  b/ /x/', ['a', 'b']],
    ['FROM a\nCOPY ["with space", "/x"]', ['with space']],
    ['FROM a\nCOPY one \\\n  two \\\n  /x', ['one', 'two']],
    ['FROM a\nCOPY --from=build /opt /opt\nADD https://example.org/x /x', []],
    ['FROM a\nCOPY conf/*.toml pip${V}.txt /x', ['conf', '.']],
    ['FROM a\nCOPY . .', ['.']],
  ])('%j', (text, sources) => expect(namedSources(text)).toEqual(sources));
});

describe('the context of a build', () => {
  it('holds the Dockerfile and what it copies, without what .dockerignore leaves out', async () => {
    write('one/.dockerignore', '# nothing of these\n*.log\ndata/big*\n!data/bigger.txt\n');
    write('one/data/small.txt', '1');
    write('one/data/big.txt', '2');
    write('one/data/bigger.txt', '3');
    write('one/noise.log', '4');
    write('one/other.txt', '5');
    const { files } = await readBuildContext(write('one/Dockerfile', 'FROM a\nCOPY data noise.log /x/\n'));
    expect(files.sort()).toEqual(['Dockerfile', 'data/bigger.txt', 'data/small.txt']);
  });

  it('gives another name to another content, and the same to the same', async () => {
    const file = write('two/Dockerfile', 'FROM a\nCOPY a.txt /x/\n');
    write('two/a.txt', '1');
    const first = await readBuildContext(file);
    write('two/b.txt', 'not copied');
    expect((await readBuildContext(file)).image).toBe(first.image);
    write('two/a.txt', '22');
    const second = await readBuildContext(file);
    expect(second.image).not.toBe(first.image);
    expect(second.repository).toBe(first.repository);
    write('two/Dockerfile', 'FROM b\nCOPY a.txt /x/\n');
    expect((await readBuildContext(file)).image).not.toBe(second.image);
  });

  it('says that there is no Dockerfile', async () => {
    const thrown: unknown = await readBuildContext(path.join(dir, 'none')).catch((error: unknown) => error);
    expect(toFailure(thrown)).toMatchObject({
      code: 'image-build-failed',
      dockerfile: path.join(dir, 'none'),
    });
  });
});

describe('the arguments of a build', () => {
  const home = { HOME: path.join(dir, 'home') };

  it('are the proxies of this machine, in both cases of letters', async () => {
    const { args, notes } = await buildArguments('FROM a', {
      ...home,
      https_proxy: 'http://p:1',
      NO_PROXY: 'x',
    });
    expect(args).toEqual({
      HTTPS_PROXY: 'http://p:1',
      https_proxy: 'http://p:1',
      NO_PROXY: 'x',
      no_proxy: 'x',
    });
    expect(notes).toEqual([]);
  });

  it("are those of Docker's own settings where the environment has none", async () => {
    write('home/.docker/config.json', '{"proxies":{"default":{"httpProxy":"http://q:2"}}}');
    const { args } = await buildArguments('FROM a', home);
    expect(args).toEqual({ HTTP_PROXY: 'http://q:2', http_proxy: 'http://q:2' });
  });

  it('hold extra certificates for a Dockerfile that asks for them', async () => {
    const pem = '-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\n';
    const env = { HOME: '/nowhere', NODE_EXTRA_CA_CERTS: write('ca.pem', pem), SSL_CERT_FILE: '/nowhere' };
    expect((await buildArguments('FROM a', env)).args).toEqual({});
    const asked = 'FROM a\nARG EXTRA_CA_CERTIFICATES\n';
    expect((await buildArguments(asked, env)).args).toEqual({ EXTRA_CA_CERTIFICATES: pem });
    const without = await buildArguments(asked, { HOME: '/nowhere' });
    expect(without.args).toEqual({});
    expect(without.notes[0]).toContain('stays empty');
  });
});

describe('the output of a build', () => {
  it('is taken apart into lines and steps', () => {
    const lines: string[] = [];
    const steps: string[] = [];
    const output = new BuildOutput(
      (line) => lines.push(line),
      (step) => steps.push(step),
    );
    for (const piece of [
      'Step 1/2 : FROM a',
      '\n',
      ' ---> 12\nStep 2/2 : RUN pip',
      ' install x\n',
      'Coll',
      'ecting x',
    ])
      output.add(piece);
    output.end();
    expect(lines).toEqual(['Step 1/2 : FROM a', ' ---> 12', 'Step 2/2 : RUN pip install x', 'Collecting x']);
    expect(steps).toEqual([
      'Step 1/2 : FROM a',
      'Step 1/2 ---> 12',
      'Step 2/2 : RUN pip install x',
      'Step 2/2 Collecting x',
    ]);
    expect(output.step).toBe('Step 2/2 : RUN pip install x');
  });
});

describe('the versions in the name of an image', () => {
  it.each([
    ['rayproject/ray:2.60.0-py311', { ray: '2.60.0', python: '3.11' }],
    ['docker.io/rayproject/ray-ml:2.9.0-py39-gpu', { ray: '2.9.0', python: '3.9' }],
    ['rayproject/ray:latest', null],
    ['mine/ray:2.60.0-py311', null],
  ])('%s', (image, versions) => expect(versionsInName(image)).toEqual(versions));
});
