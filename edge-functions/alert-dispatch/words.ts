/** What an alert's words are made of. */
export interface AlertFacts {
  data: Record<string, unknown>;
  /** The licence by the end of its key: a customer's address would stay with the messenger for ever. */
  whose: string;
  /** The amount in its own currency. */
  amount(): string;
  /** Why, in brackets and after a space; empty when nobody said. */
  reason: string;
}

/** How the messengers tell one kind of alert, in the language of the team. */
export interface AlertWords {
  tell(facts: AlertFacts): string;
  /** For one, and for many. */
  counted: [string, string];
}
