import type { Shortcut } from '@/shared/module.ts';

/** The keys of the desk. */
export default [
  { keys: ['J'], labelKey: 'support.keys.next' },
  { keys: ['K'], labelKey: 'support.keys.previous' },
  { keys: ['R'], labelKey: 'support.mode.public' },
  { keys: ['N'], labelKey: 'support.mode.note' },
  { keys: ['/'], labelKey: 'support.keys.template' },
  { keys: ['A'], labelKey: 'support.keys.assign' },
  { keys: ['P'], labelKey: 'support.keys.priority' },
  { keys: ['S'], labelKey: 'support.snooze.action' },
  { keys: ['E'], labelKey: 'support.keys.resolve' },
] satisfies readonly Shortcut[];
