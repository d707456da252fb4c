/** Long enough for charts that were not drawn yet, which are drawn for print alone. */
const DRAWN_MS = 600;

/** Prints the page with all its charts, those too that nobody scrolled to. */
export function printPage(): void {
  window.dispatchEvent(new Event('beforeprint'));
  setTimeout(() => window.print(), DRAWN_MS);
}
