import { expect, it } from 'vitest';
import { fillTemplate, variablesLeft } from './templates.ts';
import { ticketDetails } from './test-data.ts';

const fill = (body: string, over = {}) =>
  fillTemplate(body, {
    ticket: ticketDetails(over),
    staffName: 'Marc',
    date: (value) => value.slice(0, 10),
    plan: (code) => code.toUpperCase(),
  });

it('fills what is known, and leaves the rest to be seen', () => {
  expect(fill('{{customer.name}} {{ license.plan }} {{license.expires_at}} {{ticket.number}} {{staff.name}}')).toBe(
    'Agathe Garcia PREMIUM 2026-12-15 #1245 Marc',
  );
  expect(fill('{{license.plan}} {{nonsense}} {{constructor}}', { license: null })).toBe(
    '{{license.plan}} {{nonsense}} {{constructor}}',
  );
});

it('never expands what a customer calls himself', () => {
  expect(fill('{{customer.name}}', { customer: { ...ticketDetails().customer!, name: '{{customer.email}}' } })).toBe(
    '{{customer.email}}',
  );
  expect(fill('$& {{ticket.subject}}', { subject: '$&{{staff.name}}' })).toBe('$& $&{{staff.name}}');
});

it('names the variables nobody has filled, and no other braces', () => {
  expect(variablesLeft('{{ticket.number}} {{ customer.name }} {{nonsense}} {license.plan}')).toEqual([
    'customer.name',
    'ticket.number',
  ]);
  expect(variablesLeft('Bonjour Agathe')).toEqual([]);
});
