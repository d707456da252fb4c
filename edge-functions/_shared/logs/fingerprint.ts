import { createHash } from 'node:crypto';

/** Raised with every change of what stands below: groups of another version are other groups. */
export const FINGERPRINT_VERSION = 1;

/** What varies between messages that say the same. The order decides: an address is looked for before its numbers. */
const variables = new RegExp(
  [
    String.raw`(?<masked>\[(?:license_key|token|secret|qr|image|card|phone|hwid)\])`,
    String.raw`(?<email>[\w.!#$%&'*+/=?^{|}~-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)+)`,
    String.raw`(?<url>\b(?:https?|wss?|ftp|file|postgres(?:ql)?|redis):\/\/[^\s"'<>()]+)`,
    String.raw`(?<path>(?:\b[a-z]:\\|(?<![\w.])\\\\)[^\s"'<>|:*?]+|(?<![\w.\/])(?:~|\.{1,2})?(?:\/[\w.@%+~-]+){2,}\/?)`,
    String.raw`(?<ip>\b\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5})?\b|(?<![\w:])(?:[0-9a-f]{0,4}:){3,7}[0-9a-f]{1,4}(?![\w:]))`,
    String.raw`(?<host>\b(?:[a-z0-9-]+\.)+(?:com|net|org|io|fr|eu|dev|app|ai|local|internal)(?::\d{1,5})?\b)`,
    String.raw`(?<traceparent>\b00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]\b)`,
    String.raw`(?<uuid>\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b)`,
    String.raw`(?<hash>\b(?:[0-9a-f]{40}|[0-9a-f]{32}|[0-9a-f]{64})\b)`,
    '(?<date>' +
      [
        String.raw`\b\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?\b`,
        String.raw`\b\d{1,2}\/\d{1,2}\/\d{2,4}(?: \d{2}:\d{2}(?::\d{2})?)?\b`,
        String.raw`\b\d{2}:\d{2}:\d{2}(?:[.,]\d+)?\b)`,
      ].join('|'),
    String.raw`(?<duration>\b\d+(?:[.,]\d+)?\s?(?:[nuµm]?s|secs?|seconds?|m|mins?|minutes?|h|hours?|d|days?)\b)`,
    String.raw`(?<size>\b\d+(?:[.,]\d+)?\s?(?:[kmgt]i?b|bytes?|octets?)\b)`,
    String.raw`(?<id>\b[a-z]{2,8}_(?=\w*\d)[a-z0-9]{6,}\b)`,
    String.raw`(?<hex>\b0x[0-9a-f]+\b|\b(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])(?:[0-9a-f]{7,})\b)`,
    String.raw`(?<float>(?<![\w.])[-+]?\d+[.,]\d+(?![\w.]*\.\d))`,
    String.raw`(?<int>(?<![\w.])[-+]?\d+(?!\w))`,
    String.raw`(?<quoted>(?<==)(?:"[^"]*"|'[^']*'))`,
    String.raw`(?<bool>(?<==)(?:true|false)\b)`,
  ].join('|'),
  'giu',
);

/** Colours and movements of a terminal. */
const ansi = new RegExp(`${String.fromCharCode(27)}\\[[0-9;?]*[ -/]*[@-~]`, 'g');

/** The message with placeholders for what varies, one line, 500 characters at most. */
export function logTemplate(message: string): string {
  const template = message
    .replace(ansi, '')
    .slice(0, 1_000)
    .replace(variables, (found, ...rest) => {
      const groups = rest.at(-1) as Record<string, string | undefined>;
      const [name] = Object.entries(groups).find(([, value]) => value !== undefined)!;
      return name === 'masked' ? found : `<${name}>`;
    })
    // Lists of alike things are one thing, however long.
    .replace(/(<\w+>)(?:[\s,;]+\1)+/g, '$1')
    .replace(/\s+/g, ' ')
    .trim();
  return [...template].slice(0, 500).join('') || '…';
}

export interface LogGroup {
  id: number;
  title: string;
}

const known = new Map<string, LogGroup>();

/** The group of a message: the first 53 bits of sha256, a whole number that JSON carries exactly. */
export function logGroup(source: string, message: string): LogGroup {
  const title = logTemplate(message);
  const key = `${FINGERPRINT_VERSION}\n${source.toLowerCase()}\n${title.toLowerCase()}`;
  const cached = known.get(key);
  if (cached) return cached;
  const digest = createHash('sha256').update(key).digest();
  const group = { id: Number(digest.readBigUInt64BE() >> 11n), title };
  if (known.size >= 5_000) known.clear();
  known.set(key, group);
  return group;
}
