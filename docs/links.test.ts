import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';

const root = join(import.meta.dirname, '..');
const pages = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '*.md'], { cwd: root, encoding: 'utf8' })
  .trim()
  .split('\n')
  .filter((page) => page !== 'THIRD-PARTY-NOTICES.md' && existsSync(join(root, page)));

/** A heading as GitHub links to it. */
const anchor = (heading: string) =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replaceAll(' ', '-');
const anchorsOf = (page: string) =>
  [...readFileSync(page, 'utf8').matchAll(/^#+ (.+)$/gm)].map(([, heading]) => anchor(heading!));

it.each(pages)('%s links to nothing that is not there', (page) => {
  const text = readFileSync(join(root, page), 'utf8').replaceAll(/```[\s\S]*?```/g, '');
  const links = [...text.matchAll(/\]\((?!https?:)([^)\s#]*)(?:#([^)\s]+))?\)/g)];
  const broken = links.filter(([, path, fragment]) => {
    const target = path ? join(root, dirname(page), path) : join(root, page);
    if (!existsSync(target)) return true;
    return fragment !== undefined && target.endsWith('.md') && !anchorsOf(target).includes(fragment);
  });
  expect(broken.map(([link]) => link)).toEqual([]);
});
