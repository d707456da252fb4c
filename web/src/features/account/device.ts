/** By the first that matches: Edge and Opera also call themselves Chrome, and Chrome calls itself Safari. */
const BROWSERS: [string, RegExp][] = [
  ['Edge', /\bEdg(?:e|A|iOS)?\//],
  ['Opera', /\bOPR\//],
  ['Firefox', /\b(?:Firefox|FxiOS)\//],
  ['Chrome', /\b(?:Chrome|CriOS|HeadlessChrome)\//],
  ['Safari', /\bSafari\//],
];
const SYSTEMS: [string, RegExp][] = [
  ['Windows', /\bWindows\b/],
  ['Android', /\bAndroid\b/],
  ['iPhone', /\biPhone\b/],
  ['iPad', /\biPad\b/],
  ['macOS', /\bMac OS X\b/],
  ['Linux', /\bLinux\b/],
];
const nameIn = (names: [string, RegExp][], agent: string) => names.find(([, pattern]) => pattern.test(agent))?.[0];

/** “Firefox · Windows” of what a browser calls itself; null when it says nothing known. */
export function deviceName(userAgent: string | null): string | null {
  const parts = [nameIn(BROWSERS, userAgent ?? ''), nameIn(SYSTEMS, userAgent ?? '')].filter(Boolean);
  return parts.join(' · ') || null;
}

export const isPhone = (userAgent: string | null): boolean => /\b(Android|iPhone|iPad)\b/.test(userAgent ?? '');
