/** A Chromium that runs: CHROMIUM_PATH, one that is there, Playwright's own, else Debian's package when root. */
export function findChromium(): string;
