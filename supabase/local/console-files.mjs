// A build as a static host serves it: the headers of its `_headers`, the page for paths that are no files.
import { createReadStream, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';

const types = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.wasm': 'application/wasm',
};

/** → [pattern, headers], as `_headers` has them. */
export function parseHeaders(text) {
  const rules = [];
  for (const line of text.split('\n')) {
    const [, name, value] = /^\s+([\w-]+):\s*(.*)$/.exec(line) ?? [];
    if (name) rules.at(-1)[1][name.toLowerCase()] = value;
    else if (line.trim()) rules.push([line.trim(), {}]);
  }
  return rules;
}

const matches = (pattern, path) => (pattern.endsWith('*') ? path.startsWith(pattern.slice(0, -1)) : path === pattern);

const fileSize = (path) => {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat?.isFile() ? stat.size : undefined;
};

export function serveFiles(folder) {
  const rules = parseHeaders(readFileSync(join(folder, '_headers'), 'utf8'));
  const headersFor = (path) =>
    Object.assign({}, ...rules.filter(([pattern]) => matches(pattern, path)).map(([, headers]) => headers));

  return createServer((request, response) => {
    const answer = (status, headers, text) => response.writeHead(status, headers).end(text);
    if (request.method !== 'GET' && request.method !== 'HEAD') return answer(405, { allow: 'GET, HEAD' });
    let path;
    try {
      path = normalize(decodeURIComponent(new URL(request.url, 'http://localhost').pathname));
    } catch {
      return answer(400);
    }
    // `normalize` leaves no way out of the folder; what begins with _ or . is for the host, not for browsers.
    const isPublic = !path.includes('\0') && !/\/[._]/.test(path);
    let size = isPublic ? fileSize(join(folder, path)) : undefined;
    // A missing part of the console must fail as one: the page in its place would be taken for a script.
    if (size === undefined && path.startsWith('/assets/')) return answer(404, headersFor('/404'), 'Not found');
    if (size === undefined) {
      path = '/index.html';
      size = fileSize(join(folder, path));
    }
    const type = types[extname(path)] ?? 'application/octet-stream';
    response.writeHead(200, { ...headersFor(path), 'content-type': type, 'content-length': size });
    if (request.method === 'HEAD') return response.end();
    createReadStream(join(folder, path))
      .on('error', () => response.destroy())
      .pipe(response);
  });
}
