// @vitest-environment node
import { describe, expect, it } from 'vitest';
import { pickLabels } from './feature-labels.ts';

const messages = { title: 'Staff', invite: { action: 'Invite', help: 'Sends a mail' }, column: { role: 'Role' } };

describe('pickLabels()', () => {
  it('takes the labels and titles a module names, nested as they were, and nothing else', () => {
    const source = `meta: { titleKey: 'staff.title' }, actions: [{ labelKey: 'staff.invite.action' }]`;
    expect(pickLabels(source, 'staff', messages)).toEqual({ title: 'Staff', invite: { action: 'Invite' } });
  });
  it('leaves out what belongs to another feature or does not exist', () => {
    expect(pickLabels(`labelKey: 'shell.menu', titleKey: 'staff.missing'`, 'staff', messages)).toEqual({});
  });
});
