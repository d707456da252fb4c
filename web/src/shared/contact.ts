interface Addressee {
  email: string;
  name: string | null;
  locale: string;
}

/** Written in the customer's language, whatever the console speaks. */
const letters: Record<'fr' | 'en', { subject: string; greeting(name: string | null): string }> = {
  fr: { subject: 'Votre licence WhatAutosys', greeting: (name) => `Bonjour${name ? ` ${name}` : ''},\n\n` },
  en: { subject: 'Your WhatAutosys licence', greeting: (name) => `Hello${name ? ` ${name}` : ''},\n\n` },
};

/** Opens the reader's own mail program with a letter begun. */
export function contactLink({ email, name, locale }: Addressee): string {
  const { subject, greeting } = letters[locale === 'en' ? 'en' : 'fr'];
  const query = `subject=${encodeURIComponent(subject)}&body=${encodeURIComponent(greeting(name))}`;
  return `mailto:${encodeURIComponent(email).replace('%40', '@')}?${query}`;
}
