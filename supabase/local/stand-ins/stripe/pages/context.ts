import type { Control } from '../control.ts';
import type { Core } from '../core.ts';
import type { Deliveries } from '../delivery.ts';

export interface PagesContext {
  core: Core;
  control: Control;
  deliveries: Deliveries;
}
