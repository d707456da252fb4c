import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const folder = import.meta.dirname;
/** The file that may know the product, and this one, which must name what it looks for. */
const mayKnow = new Set(['home.config.ts', 'product-words.test.ts']);

const productWords = /whatautosys|licen[cs](?!ed)|customer|staff|hwid|\bstarter\b|\bpremium\b|enterprise|\btickets?\b/i;
/** Stripe's API has customers of its own. */
const stripeWords = /whatautosys|licen[cs](?!ed)|staff|hwid|\bstarter\b|\bpremium\b|enterprise|\btickets?\b/i;

const read = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .map((file) => file.replaceAll('\\', '/'))
  .filter((file) => /\.(ts|mts|mjs|js|sql|html|css)$/.test(file) && !file.includes('node_modules/'))
  .filter((file) => !mayKnow.has(file));

/** A workspace is called by its name. */
const withoutImports = (text: string) => text.replace(/(from|import\() ?'@[\w/-]+'/g, '');

it('the embedded home knows no word of the product but in home.config.ts', () => {
  expect(read.length).toBeGreaterThan(150);
  const found = read.flatMap((file) => {
    const words = file.startsWith('stand-ins/stripe/') ? stripeWords : productWords;
    return withoutImports(readFileSync(join(folder, file), 'utf8'))
      .split('\n')
      .flatMap((line, index) => (words.test(line) ? [`${file}:${index + 1}: ${line.trim()}`] : []));
  });
  expect(found).toEqual([]);
});

it.each(['const licenseId = 1;', 'The customer’s mail', 'WhatAutosys', "insert into public.staff values ('a')"])(
  'a product word is seen in: %s',
  (line) => expect(line).toMatch(productWords),
);
