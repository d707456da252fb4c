/** What staff edit of a customer, as a form holds it: no name is an empty text. */
export interface CustomerForm {
  name: string;
  company: string;
  email: string;
  locale: 'fr' | 'en';
}
export type CustomerField = keyof CustomerForm;

interface Source {
  name: string | null;
  company: string | null;
  email: string;
  locale: string;
}

export const fieldsOf = ({ name, company, email, locale }: Source): CustomerForm => ({
  name: name ?? '',
  company: company ?? '',
  email,
  locale: locale === 'en' ? 'en' : 'fr',
});

/** As the database takes them. */
export const toFields = ({ name, company, email, locale }: CustomerForm) => ({
  name: name.trim() || null,
  company: company.trim() || null,
  email: email.trim(),
  locale,
});

export const changedFields = (one: CustomerForm, other: CustomerForm): CustomerField[] =>
  (Object.keys(one) as CustomerField[]).filter((field) => one[field].trim() !== other[field].trim());
