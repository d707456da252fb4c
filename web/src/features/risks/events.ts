import type { EventBook } from '@/shared/events.ts';

export default { kinds: { risk_spoken: { icon: 'i-lucide-phone' } } } satisfies EventBook;
