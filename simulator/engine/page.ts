/** The page for a browser: three static files under a strict content security policy. The data needs the secret, these do not. */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import path from 'node:path';

const assets: Record<string, string> = {
  '/webview.js': 'text/javascript; charset=utf-8',
  '/webview.css': 'text/css; charset=utf-8',
};

export function servePage(pageDir: string, request: IncomingMessage, response: ServerResponse): void {
  const pathname = new URL(request.url ?? '/', 'http://localhost').pathname;
  if (request.method !== 'GET') {
    response.writeHead(405).end();
  } else if (pathname === '/' || pathname.startsWith('/run/')) {
    const nonce = randomBytes(16).toString('base64url');
    response
      .writeHead(200, { ...secure(policy(nonce)), 'Content-Type': 'text/html; charset=utf-8' })
      .end(html(nonce));
  } else if (assets[pathname]) {
    const type = assets[pathname];
    readFile(path.join(pageDir, pathname.slice(1))).then(
      (content) => response.writeHead(200, { ...secure(), 'Content-Type': type }).end(content),
      () => response.writeHead(404).end(),
    );
  } else {
    response.writeHead(404).end();
  }
}

function policy(nonce: string): string {
  return [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

function secure(contentSecurityPolicy?: string): Record<string, string> {
  return {
    ...(contentSecurityPolicy ? { 'Content-Security-Policy': contentSecurityPolicy } : {}),
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'no-referrer',
    'Cache-Control': 'no-store',
  };
}

function html(nonce: string): string {
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Heliostat</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/webview.css" nonce="${nonce}">
</head>
<body data-nonce="${nonce}">
<main id="app"></main>
<script nonce="${nonce}" src="/webview.js"></script>
</body>
</html>
`;
}
