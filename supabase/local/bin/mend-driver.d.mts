export function mendDriver(folder?: string): void;
