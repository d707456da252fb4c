import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');

interface Locked {
  version?: string;
  license?: string;
  dependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
  peerDependenciesMeta?: Record<string, { optional?: boolean }>;
  link?: boolean;
}

/** What reaches the browser or the platform; the embedded home and the tools do not. */
const shipped = ['web', 'edge-functions', 'supabase/contracts'];

/** Where Node finds a package from a folder of the lockfile: nearest `node_modules` upwards. */
function locate(packages: Record<string, Locked>, from: string, name: string): string | undefined {
  for (let folder = from; ; folder = folder.slice(0, folder.lastIndexOf('/'))) {
    const path = `${folder ? `${folder}/` : ''}node_modules/${name}`;
    if (packages[path]) return path;
    if (!folder.includes('/')) return packages[`node_modules/${name}`] ? `node_modules/${name}` : undefined;
  }
}

/** What production needs, by its place in the lockfile; what is optional, such as binaries, is left out. */
function productionPackages(packages: Record<string, Locked>): string[] {
  const found = new Set<string>();
  const visit = (from: string) => {
    const { dependencies = {}, peerDependencies = {}, peerDependenciesMeta = {} } = packages[from] ?? {};
    const peers = Object.keys(peerDependencies).filter((name) => !peerDependenciesMeta[name]?.optional);
    for (const name of [...Object.keys(dependencies), ...peers]) {
      const path = locate(packages, from, name);
      if (!path || found.has(path) || packages[path]!.link) continue;
      found.add(path);
      visit(path);
    }
  };
  for (const workspace of shipped) visit(workspace);
  return [...found].sort();
}

const nameOf = (path: string) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);

function licenceText(path: string): string {
  const folder = join(root, path);
  const files = existsSync(folder) ? readdirSync(folder) : [];
  const file = files.sort().find((name) => /^(licen[cs]e|copying)([.-].*)?$/i.test(name));
  return file ? readFileSync(join(folder, file), 'utf8').replaceAll('\r\n', '\n').trim() : '';
}

/** What the repositories say of packages that leave it out of their `package.json`. */
const saidElsewhere: Record<string, string> = { 'vaul-vue': 'MIT' };

const isCopyright = (line: string) => /^\s*(Copyright\s+(\([cC]\)|©|\d{4})|\([cC]\) \d{4}|© )/.test(line);
/** Most licences differ in the holder, the heading and where lines break: the same words are told once. */
const wordsOf = (lines: string[]) =>
  lines
    .filter((line) => !/^\W*(the )?(mit|isc) licen[cs]e\W*(\(mit\)|\(isc\))?\W*$/i.test(line))
    .join(' ')
    .replaceAll(/\s+/g, ' ')
    .trim();

interface Licence {
  text: string;
  /** By package: the lines that name its holders. */
  holders: string[];
}

function gather(packages: { title: string; text: string }[]): Licence[] {
  const byWords = new Map<string, Licence>();
  for (const { title, text } of packages) {
    const lines = text.split('\n').map((line) => line.trimEnd());
    const rest = lines.filter((line) => !isCopyright(line));
    const words = wordsOf(rest);
    const told = rest
      .join('\n')
      .replaceAll(/\n{3,}/g, '\n\n')
      .trim();
    const licence = byWords.get(words) ?? { text: told, holders: [] };
    byWords.set(words, licence);
    const holders = lines.filter(isCopyright).map((line) => line.trim());
    licence.holders.push(`- ${title}${holders.length > 0 ? `: ${holders.join('; ')}` : ''}`);
  }
  return [...byWords.values()];
}

/** The licences, each text once under those who put their work under it. */
export function makeNotices(): string {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, Locked>;
  };
  const production = productionPackages(packages).map((path) => {
    const { version = '', license } = packages[path]!;
    const name = nameOf(path);
    return { title: `${name} ${version}`, licence: license ?? saidElsewhere[name] ?? '', text: licenceText(path) };
  });
  const rows = [...new Set(production.map(({ title, licence }) => `| ${title} | ${licence || 'unknown'} |`))].sort();
  const texts = gather(production.filter(({ text }) => text)).map(
    ({ text, holders }, index) =>
      `## Licence ${index + 1}\n\n${[...new Set(holders)].sort().join('\n')}\n\n\`\`\`text\n${text}\n\`\`\``,
  );
  return `# Third-party notices

What the console and the functions are made of, made from the lockfile by \`npm run notices\`; a test holds it equal.

| Package | Licence |
|---|---|
${rows.join('\n')}

${texts.join('\n\n')}
`;
}
