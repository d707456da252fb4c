// Writes to support and reads its answers: Node 18 or later, or Electron's main process; no packages needed.
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';
import { canonicalKey, Refused } from './license-client.mjs';

async function ask(url, options) {
  const response = await fetch(url, { ...options, signal: AbortSignal.timeout(30_000) });
  if (response.ok) return response;
  const none = { code: `http_${response.status}`, message: 'No answer of the service' };
  const body = await response.json().catch(() => none);
  throw new Refused(response.status, body, Number(response.headers.get('retry-after')) || null);
}

/** A name the service keeps as it is, so that its answer names our files. */
export function plainName(path) {
  const name = basename(path)
    .normalize('NFC')
    .replace(/[^\p{L}\p{N}._ ()-]/gu, '_')
    .trim();
  const ending = extname(name).slice(0, 20);
  return name.slice(0, name.length - ending.length).slice(0, 200) + ending || 'file';
}

/**
 * Sends `{message, idempotency_key, subject?, ticket_number?}` with files `{name, bytes}`, each of a plain name of its
 * own → `{ticket_number, status}` once all of it is there. Throws Refused, or fetch's error when offline: send it
 * again with the same key then; only the bytes that are missing travel.
 */
export async function sendMessage({ url, licenseKey, hwid }, { files = [], ...message }) {
  const attachments = files.map(({ name, bytes }) => ({ name, size: bytes.length }));
  const response = await ask(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ license_key: licenseKey, hwid, ...message, attachments }),
  });
  const { uploads, ...answer } = await response.json();
  for (const [index, { name, url: address }] of uploads.entries()) {
    // All of them are in our order; of some the name says which.
    const file = uploads.length === files.length ? files[index] : files.find((one) => one.name === name);
    const headers = { 'content-type': 'application/octet-stream' };
    await ask(address, { method: 'PUT', headers, body: file.bytes });
  }
  return answer;
}

/** Page after page of what was said since that cursor: keep `after` of each once you have dealt with it. */
export async function* readMessages({ url, licenseKey, hwid }, after) {
  // A header is bytes: UTF-8, as one character each.
  const headers = { 'x-license-key': licenseKey, 'x-hwid': Buffer.from(hwid, 'utf8').toString('latin1') };
  for (let cursor = after, hasMore = true; hasMore;) {
    const page = await (await ask(cursor ? `${url}?after=${cursor}` : url, { headers })).json();
    yield page;
    [cursor, hasMore] = [page.after, page.has_more];
  }
}

/** What waits to be sent and how far was read: it survives the program, and a half-written file does not. */
function openState(path) {
  const state = existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : { after: null, outbox: [] };
  const save = () => {
    writeFileSync(`${path}.new`, JSON.stringify(state), { mode: 0o600 });
    renameSync(`${path}.new`, path);
  };
  return { state, save };
}

/** Two files of one name are told apart. */
function nameOf(paths, index) {
  const names = paths.map(plainName);
  return names.indexOf(names[index]) === index ? names[index] : `${index + 1}-${names[index]}`;
}

async function sendOutbox(client, { state, save }) {
  const sent = [];
  while (state.outbox.length > 0) {
    const { paths, ...message } = state.outbox[0];
    try {
      const files = paths.map((path, index) => ({ name: nameOf(paths, index), bytes: readFileSync(path) }));
      sent.push(await sendMessage(client, { ...message, files }));
    } catch (error) {
      // What is refused for what it says would be refused for ever, and hold up the rest; so would a file that is gone.
      const isRefused = error instanceof Refused && error.status < 500 && error.status !== 429;
      if (!isRefused && error.code !== 'ENOENT') throw error;
      sent.push({ error: isRefused ? error.code : 'no_such_file', message: error.message });
    }
    state.outbox.shift();
    save();
  }
  return sent;
}

/** The files of answers, saved under names nobody else chose, beside what they are called. */
async function saveFiles({ id, attachments }, folder) {
  const saved = [];
  for (const [index, { name, url }] of attachments.entries()) {
    const ending = /\.[A-Za-z0-9]{1,10}$/.exec(name)?.[0] ?? '';
    const path = join(folder, `${id}-${index}${ending}`);
    mkdirSync(folder, { recursive: true });
    writeFileSync(path, Buffer.from(await (await ask(url)).arrayBuffer()));
    saved.push({ name, path });
  }
  return saved;
}

async function readAnswers(client, { state, save }, folder) {
  const answers = [];
  for await (const page of readMessages(client, state.after)) {
    for (const { ticket_number, messages } of page.tickets)
      for (const said of messages.filter(({ author }) => author === 'support')) {
        const files = await saveFiles(said, folder);
        answers.push({ id: said.id, ticket_number, body: said.body, files });
      }
    state.after = page.after;
    save();
  }
  return answers;
}

/**
 * `write URL STATE.json LICENCE HWID MESSAGE [FILE…]` or `poll URL STATE.json LICENCE HWID` → JSON, and 0. Each sends
 * what was written before and has not been taken yet; files of answers are saved beside STATE.json.
 */
export async function main([command, url, statePath, typed, hwid, message, ...paths]) {
  const licenseKey = canonicalKey(typed);
  if (!licenseKey) return { error: 'not_a_key' };
  const client = { url, licenseKey, hwid };
  const kept = openState(statePath);
  if (command === 'write') {
    kept.state.outbox.push({ message, idempotency_key: randomUUID(), paths });
    kept.save();
  }
  try {
    const sent = await sendOutbox(client, kept);
    return command === 'write'
      ? { sent }
      : { sent, answers: await readAnswers(client, kept, join(dirname(statePath), 'files')) };
  } catch (error) {
    if (error instanceof Refused) return { error: error.code, retry_after: error.retryAfter };
    return { error: 'unreachable', message: String(error) };
  }
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  const result = await main(argv.slice(2));
  console.log(JSON.stringify(result));
  process.exitCode = result.error ? 1 : 0;
}
