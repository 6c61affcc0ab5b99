/** An image registry on loopback with one image of one layer, which it sends slowly or whole (Docker Registry API v2). */
import { createHash, randomBytes } from 'node:crypto';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const LAYER_FILE_BYTES = 12_000_000;
const PIECE_BYTES = 1_000_000;
const PIECE_EVERY_MS = 250;

export class SlowRegistry {
  openDownloads = 0;
  private isSlow = true;
  private readonly server: Server = createServer(
    (request, response) => void this.answer(request.url ?? '', response),
  );
  private readonly layer = tarOf('data', randomBytes(LAYER_FILE_BYTES));
  private readonly config = Buffer.from(
    JSON.stringify({
      architecture: process.arch === 'x64' ? 'amd64' : process.arch,
      os: 'linux',
      config: {},
      rootfs: { type: 'layers', diff_ids: [digest(this.layer)] },
    }),
  );
  private readonly manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: 'application/vnd.docker.distribution.manifest.v2+json',
      config: describeBlob('application/vnd.docker.container.image.v1+json', this.config),
      layers: [describeBlob('application/vnd.docker.image.rootfs.diff.tar', this.layer)],
    }),
  );

  /** `127.0.0.1:PORT/test/slow:1`; Docker speaks plain HTTP with registries on loopback. */
  get image(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}/test/slow:1`;
  }

  listen(): Promise<void> {
    return new Promise((resolve) => this.server.listen(0, '127.0.0.1', resolve));
  }

  /** From now on the layer comes at once. */
  finish(): void {
    this.isSlow = false;
  }

  close(): Promise<void> {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(() => resolve()));
  }

  private async answer(url: string, response: ServerResponse): Promise<void> {
    response.setHeader('Docker-Distribution-Api-Version', 'registry/2.0');
    if (url.includes('/manifests/')) {
      response.setHeader('Content-Type', 'application/vnd.docker.distribution.manifest.v2+json');
      response.setHeader('Docker-Content-Digest', digest(this.manifest));
      response.setHeader('Content-Length', this.manifest.length);
      response.end(this.manifest);
    } else if (url.endsWith(digest(this.config))) response.end(this.config);
    else if (url.endsWith(digest(this.layer))) await this.sendLayer(response);
    else response.end('{}');
  }

  private async sendLayer(response: ServerResponse): Promise<void> {
    response.setHeader('Content-Length', this.layer.length);
    this.openDownloads++;
    response.on('close', () => this.openDownloads--);
    for (let at = 0; at < this.layer.length && !response.destroyed; at += PIECE_BYTES) {
      response.write(this.layer.subarray(at, at + PIECE_BYTES));
      if (this.isSlow) await sleep(PIECE_EVERY_MS);
    }
    response.end();
  }
}

function digest(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

function describeBlob(mediaType: string, bytes: Buffer): object {
  return { mediaType, size: bytes.length, digest: digest(bytes) };
}

/** A tar archive of one file. */
function tarOf(name: string, content: Buffer): Buffer {
  const header = Buffer.alloc(512);
  header.write(name, 0);
  header.write('0000644\0' + '0000000\0' + '0000000\0', 100);
  header.write(content.length.toString(8).padStart(11, '0') + '\0' + '00000000000\0', 124);
  header.write('        0', 148);
  header.write('ustar\0' + '00', 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(sum.toString(8).padStart(6, '0') + '\0 ', 148);
  const padding = Buffer.alloc((512 - (content.length % 512)) % 512);
  return Buffer.concat([header, content, padding, Buffer.alloc(1024)]);
}
