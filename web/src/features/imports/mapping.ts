import { IMPORT_FIELDS, REQUIRED_FIELDS, type ImportField, type Mapping } from './types.ts';

/** Names of columns people use, without accents, case and signs. */
const NAMES: Record<ImportField, string[]> = {
  email: [
    'email',
    'emailaddress',
    'mail',
    'courriel',
    'adresseemail',
    'adressemail',
    'emailclient',
    'emailduclient',
    'customeremail',
  ],
  hwid: [
    'hwid',
    'hardwareid',
    'hardware',
    'machine',
    'machineid',
    'idmachine',
    'identifiantmachine',
    'deviceid',
    'poste',
  ],
  plan: ['plan', 'offre', 'formule', 'abonnement', 'tier', 'subscription', 'licence', 'license'],
  expires_at: [
    'expiresat',
    'expires',
    'expireson',
    'expiration',
    'expirationdate',
    'expirydate',
    'expiry',
    'expirele',
    'expire',
    'dateexpiration',
    'datedexpiration',
    'echeance',
    'validuntil',
    'findevalidite',
    'datefin',
    'enddate',
  ],
  notes: ['notes', 'note', 'commentaire', 'commentaires', 'comment', 'comments', 'remarque', 'remarques'],
};

const plain = (name: string) =>
  name
    .normalize('NFD')
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '');

export const fieldOf = (header: string): ImportField | null =>
  IMPORT_FIELDS.find((field) => NAMES[field].includes(plain(header))) ?? null;

/** Each field goes to the first column bearing one of its names. */
export function guessMapping(headers: readonly string[]): Mapping {
  const taken = new Set<ImportField>();
  return headers.map((header) => {
    const field = fieldOf(header);
    if (!field || taken.has(field)) return null;
    taken.add(field);
    return field;
  });
}

export interface MappingProblems {
  missing: ImportField[];
  /** Fields two columns claim. */
  repeated: ImportField[];
}

export function mappingProblems(mapping: Mapping): MappingProblems {
  const count = (field: ImportField) => mapping.filter((each) => each === field).length;
  return {
    missing: REQUIRED_FIELDS.filter((field) => count(field) === 0),
    repeated: IMPORT_FIELDS.filter((field) => count(field) > 1),
  };
}

export const isComplete = (mapping: Mapping): boolean => {
  const { missing, repeated } = mappingProblems(mapping);
  return missing.length === 0 && repeated.length === 0;
};
