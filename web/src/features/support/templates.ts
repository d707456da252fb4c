import { queryOptions, useMutation, useQueryClient } from '@tanstack/vue-query';
import { unwrap } from '@/base/api.ts';
import { supabase } from '@/base/supabase.ts';
import type { TicketDetails } from './types.ts';

export interface ReplyTemplate {
  id: string;
  name: string;
  locale: 'fr' | 'en';
  body: string;
}

export const templateKeys = { all: ['reply_templates'] as const };

export const templatesQuery = queryOptions({
  queryKey: templateKeys.all,
  queryFn: () =>
    unwrap(
      supabase
        .from('reply_templates')
        .select('id,name,locale,body')
        .is('archived_at', null)
        .order('name')
        .overrideTypes<ReplyTemplate[], { merge: false }>(),
    ),
  staleTime: 60_000,
});

export type TemplateForm = Omit<ReplyTemplate, 'id'>;

export function useSaveTemplate() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({ id, form }: { id: string | null; form: TemplateForm }) => {
      const table = supabase.from('reply_templates');
      return unwrap((id ? table.update(form).eq('id', id) : table.insert(form)).select('id').single());
    },
    onSuccess: () => client.invalidateQueries({ queryKey: templateKeys.all }),
  });
}

export function useArchiveTemplate() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) =>
      unwrap(
        supabase
          .from('reply_templates')
          .update({ archived_at: new Date().toISOString() })
          .eq('id', id)
          .select('id')
          .single(),
      ),
    onSuccess: () => client.invalidateQueries({ queryKey: templateKeys.all }),
  });
}

interface Filling {
  /** One that is being opened has no number yet, perhaps no subject. */
  ticket: Pick<TicketDetails, 'from_address' | 'customer_name'> & {
    number: number | null;
    subject: string | null;
    customer: Pick<NonNullable<TicketDetails['customer']>, 'name' | 'email' | 'company'> | null;
    license: Pick<NonNullable<TicketDetails['license']>, 'plan' | 'expires_at' | 'license_key_hint'> | null;
  };
  staffName: string;
  date(value: string): string;
  plan(code: string): string;
}

export const TEMPLATE_VARIABLES = [
  'customer.name',
  'customer.email',
  'customer.company',
  'license.plan',
  'license.expires_at',
  'license.key_hint',
  'ticket.number',
  'ticket.subject',
  'staff.name',
] as const;

/** A template's text for this ticket. What is not known of it stays in braces, to be seen before it is sent. */
export function fillTemplate(body: string, { ticket, staffName, date, plan }: Filling): string {
  const { customer, license } = ticket;
  const values: Record<(typeof TEMPLATE_VARIABLES)[number], string | null | undefined> = {
    'customer.name': customer?.name ?? ticket.customer_name,
    'customer.email': customer?.email ?? ticket.from_address,
    'customer.company': customer?.company,
    'license.plan': license && plan(license.plan),
    'license.expires_at': license && date(license.expires_at),
    'license.key_hint': license?.license_key_hint,
    'ticket.number': ticket.number === null ? null : `#${ticket.number}`,
    'ticket.subject': ticket.subject,
    'staff.name': staffName,
  };
  // One pass: what a value brings with it is text, braces or not.
  return body.replace(/\{\{\s*([a-z_.]+)\s*\}\}/g, (whole, name: string) =>
    Object.hasOwn(values, name) ? (values[name as keyof typeof values] ?? whole) : whole,
  );
}

/** Variables of templates that nobody has filled. */
export const variablesLeft = (text: string): string[] =>
  TEMPLATE_VARIABLES.filter((name) => new RegExp(`\\{\\{\\s*${name.replace('.', '\\.')}\\s*\\}\\}`).test(text));
