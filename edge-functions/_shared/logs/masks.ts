/** A row of private.log_masks: what is never kept. */
export interface MaskRule {
  name: string;
  /** JavaScript regular expression; for `key` rules over names in the context. */
  pattern: string;
  replacement: string;
  /** `key` rules empty whole values of the context by their name. */
  applies_to: 'text' | 'key';
  /** What a match must pass besides: the check digit of card numbers. */
  test: 'luhn' | null;
}

export interface Masks {
  text(value: string): string;
  /** What stands for the whole value of that name, or null when it may stay. */
  key(name: string): string | null;
}

export function createMasks(rules: readonly MaskRule[]): Masks {
  const compiled = rules.map((rule) => ({ ...rule, expression: new RegExp(rule.pattern, 'giu') }));
  const texts = compiled.filter((rule) => rule.applies_to === 'text');
  const keys = compiled.filter((rule) => rule.applies_to === 'key');
  return {
    text(value) {
      let masked = value;
      for (const { expression, replacement, test } of texts) {
        masked =
          test === 'luhn'
            ? masked.replace(expression, (found) => (passesLuhn(found) ? replacement : found))
            : masked.replace(expression, replacement);
      }
      return masked;
    },
    key(name) {
      return keys.find(({ expression }) => name.search(expression) >= 0)?.replacement ?? null;
    },
  };
}

/** The same rules, and what this very sender must not say in clear: its key, its machine. */
export function withSecrets(masks: Masks, secrets: Record<string, string>): Masks {
  const rules = Object.entries(secrets)
    .filter(([, secret]) => secret.trim().length >= 4)
    .map(([name, secret]) => ({
      expression: new RegExp(secret.trim().replace(/[\\^$.*+?()[\]{}|/]/gu, String.raw`\$&`), 'giu'),
      replacement: `[${name}]`,
    }));
  return {
    text: (value) =>
      masks.text(rules.reduce((text, { expression, replacement }) => text.replace(expression, replacement), value)),
    key: (name) => masks.key(name),
  };
}

function passesLuhn(text: string): boolean {
  const digits = text.replace(/\D/g, '');
  const sum = [...digits].reverse().reduce((total, digit, index) => {
    const value = Number(digit) * (index % 2 === 0 ? 1 : 2);
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return sum % 10 === 0;
}
