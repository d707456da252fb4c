import { queryOptions, useMutation, useQueryClient } from '@tanstack/vue-query';
import type { RpcArgs } from '@contracts/rpc/index.ts';
import { callRpc, unwrap } from '@/base/api.ts';
import { toAppError } from '@/base/errors.ts';
import { supabase } from '@/base/supabase.ts';
import { settingKeys } from '@/shared/settings.ts';
import { staffKeys } from '@/shared/staff.ts';
import { ticketKeys } from './queries.ts';
import type { TicketPriority } from './types.ts';

export type CalendarForm = NonNullable<RpcArgs<'save_support_calendar'>['seen']>;
export type SupportCalendar = CalendarForm & { id: string };
export type SupportPeriod = CalendarForm['hours'][number];
export type PolicyForm = RpcArgs<'save_sla_policy'>['seen'];
export type SlaPolicy = PolicyForm & { priority: TicketPriority };
export type AssignmentForm = RpcArgs<'save_ticket_assignment'>['seen'];
export type StaffForm = RpcArgs<'save_staff_assignment'>['seen'];
export type SupportMember = StaffForm & { user_id: string; display_name: string; is_available: boolean };

export const supportSettingKeys = {
  all: ['support_settings'] as const,
  calendars: () => [...supportSettingKeys.all, 'calendars'] as const,
  holidays: (calendarId: string, year: number) => [...supportSettingKeys.all, 'holidays', calendarId, year] as const,
  policies: () => [...supportSettingKeys.all, 'policies'] as const,
  assignment: () => [...supportSettingKeys.all, 'assignment'] as const,
  members: () => [...supportSettingKeys.all, 'members'] as const,
};

/** No live row tells of settings: each time their page is opened they are read. */
const fresh = { staleTime: 0 };

export const calendarsQuery = queryOptions({
  ...fresh,
  queryKey: supportSettingKeys.calendars(),
  queryFn: () =>
    unwrap(
      supabase
        .from('support_calendars')
        .select('id,name,time_zone,hours,holiday_rule')
        .order('name')
        .overrideTypes<SupportCalendar[], { merge: false }>(),
    ),
});

export const holidaysQuery = (calendarId: string, year: number) =>
  queryOptions({
    ...fresh,
    queryKey: supportSettingKeys.holidays(calendarId, year),
    queryFn: ({ signal }) => callRpc('list_support_holidays', { calendar_id: calendarId, year }, signal),
  });

const RANKS: readonly TicketPriority[] = ['critical', 'high', 'medium', 'low'];
const POLICY_COLUMNS =
  'priority,calendar_id,first_response_minutes,next_response_minutes,resolution_minutes,' +
  'warn_minutes,raise_to,is_reassigned,is_paused_while_waiting';
export const policiesQuery = queryOptions({
  ...fresh,
  queryKey: supportSettingKeys.policies(),
  queryFn: async () => {
    const rows = await unwrap(
      supabase.from('sla_policies').select(POLICY_COLUMNS).overrideTypes<SlaPolicy[], { merge: false }>(),
    );
    return rows.sort((one, other) => RANKS.indexOf(one.priority) - RANKS.indexOf(other.priority));
  },
});

export const assignmentQuery = queryOptions({
  ...fresh,
  queryKey: supportSettingKeys.assignment(),
  queryFn: async (): Promise<AssignmentForm> => {
    const rows = await unwrap(
      supabase
        .from('settings')
        .select('key,value')
        .in('key', ['ticket_assignment_enabled', 'ticket_away_hours'])
        .overrideTypes<{ key: string; value: unknown }[], { merge: false }>(),
    );
    const value = (key: string) => rows.find((row) => row.key === key)?.value;
    return { is_enabled: value('ticket_assignment_enabled') === true, away_hours: Number(value('ticket_away_hours')) };
  },
});

/** Those tickets may be given to, with what they know and how much they take. */
export const membersQuery = queryOptions({
  ...fresh,
  queryKey: supportSettingKeys.members(),
  queryFn: async (): Promise<SupportMember[]> => {
    const [staff, presence] = await Promise.all([
      unwrap(
        supabase
          .from('staff')
          .select('user_id,display_name,skills')
          .eq('is_active', true)
          .in('role', ['admin', 'support'])
          .order('display_name'),
      ),
      unwrap(supabase.from('staff_presence').select('user_id,capacity,is_available')),
    ]);
    const known = new Map(presence.map((row) => [row.user_id, row]));
    return staff.flatMap((member) => {
      const there = known.get(member.user_id);
      return there ? [{ ...member, capacity: there.capacity, is_available: there.is_available }] : [];
    });
  },
});

/** Changes a setting of support; what it moves, and all settings, are read again. */
function useSave<
  Name extends
    | 'save_support_calendar'
    | 'delete_support_calendar'
    | 'save_support_holiday'
    | 'save_sla_policy'
    | 'save_ticket_assignment'
    | 'save_staff_assignment',
>(name: Name) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (input: RpcArgs<Name>) => callRpc(name, input),
    // Refused because somebody was faster: what he wrote is read as well.
    onSettled: () =>
      Promise.all(
        [supportSettingKeys.all, ticketKeys.all, settingKeys.all, staffKeys.all].map((queryKey) =>
          client.invalidateQueries({ queryKey }),
        ),
      ),
  });
}
export const useSaveCalendar = () => useSave('save_support_calendar');
export const useDeleteCalendar = () => useSave('delete_support_calendar');
export const useSaveHoliday = () => useSave('save_support_holiday');
export const useSavePolicy = () => useSave('save_sla_policy');
export const useSaveAssignment = () => useSave('save_ticket_assignment');
export const useSaveStaffAssignment = () => useSave('save_staff_assignment');

/** The fields somebody else changed, as the database names them. */
export function changedMeanwhile(error: unknown): string[] {
  const { hint, details } = toAppError(error);
  if (hint !== 'support_setting_changed') return [];
  const named: unknown = typeof details === 'string' ? JSON.parse(details || '[]') : details;
  return Array.isArray(named) ? named.map(String) : [];
}

/** Hours of a week in rows of days, each with its periods in order. */
export const byWeekday = (hours: readonly SupportPeriod[]): SupportPeriod[][] =>
  [1, 2, 3, 4, 5, 6, 7].map((weekday) =>
    hours.filter((period) => period.weekday === weekday).sort((one, other) => one.starts.localeCompare(other.starts)),
  );
