import { withSessionWords } from './later.ts';

/** The dialog with its words. What it is made of is listed here, not in the page, whose first load is counted. */
export const loadLoginAs = withSessionWords(() => import('./components/LoginAsDialog.vue'));
