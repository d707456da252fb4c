/** What a function has to say when something went wrong that nobody asked about. */
export interface OwnLine {
  message: string;
  error: unknown;
  details: readonly unknown[];
  at: number;
}

let keep: ((line: OwnLine) => void) | null = null;

/** From now on lines are kept besides; whoever connects to the database says where. */
export function keepOwnLines(keeper: ((line: OwnLine) => void) | null): void {
  keep = keeper;
}

/** Says it where the platform shows it, and in the product's own log. `error` is the first Error among the details. */
export function logError(message: string, ...details: unknown[]): void {
  console.error(message, ...details);
  const error = details.find((detail) => detail instanceof Error);
  keep?.({ message, error, details: details.filter((detail) => detail !== error), at: Date.now() });
}
