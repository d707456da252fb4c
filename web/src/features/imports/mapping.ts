import { IMPORT_FIELDS, REQUIRED_FIELDS, type CsvRow, type ImportField, type Mapping } from './types.ts';

/** Of parts that blanks divide. */
const anyOf = (...parts: string[]) => new RegExp(parts.join(' ').replaceAll(' ', '|'));

interface Names {
  /** Whole names, without accents, case and signs. */
  whole: readonly string[];
  /** Longer names hold one of these … */
  part: RegExp;
  /** … and none of those, which speak of something else: a date of the e-mail, the name of the machine. */
  not: RegExp;
}

const NAMES: Record<ImportField, Names> = {
  email: {
    whole: ['email', 'mail', 'courriel', 'mel', 'adresse', 'adresseelectronique', 'customeremail'],
    part: anyOf('e?mail courriel adresseelectronique'),
    not: anyOf(
      'date envo sent statut status commercial vendeur seller revendeur reseller parrain copie second verif',
      'newsletter',
    ),
  },
  hwid: {
    whole: ['hwid', 'machine', 'poste', 'pc', 'ordinateur', 'computer', 'device', 'uuid', 'guid', 'materiel'],
    part: anyOf(
      'hwid hardware materiel machine deviceid iddevice uuid guid',
      '(id|identifiant|numero|code|empreinte).*(pc|poste|ordinateur)',
    ),
    not: anyOf('nom name type date nombre count modele model systeme system version ancien old'),
  },
  plan: {
    whole: ['plan', 'offre', 'formule', 'forfait', 'abonnement', 'tier', 'subscription', 'edition', 'pack', 'produit'],
    part: anyOf('plan offre formule forfait abonnement subscription tier typede?licen[cs]e licen[cs]etype'),
    not: anyOf(
      'date debut start fin end ^id id$ identifiant statut status prix price montant amount echeance renouv',
      'renew etat state numero cle key period duree depuis since expir jusqu until validite valid',
    ),
  },
  expires_at: {
    whole: ['fin', 'end', 'expiry', 'echeance', 'enddate', 'datefin', 'valable', 'valabilite'],
    part: anyOf(
      'expir echeance jusqu until validto',
      'finde?(validite|lavalidite|labonnement|abonnement|licence|lalicence|contrat|periode) dated?e?fin',
      'endso?n? enddate validite',
    ),
    not: anyOf(
      'debut start jour days?left restant remaining statut status alert rappel remind grace notif duree',
      'paye paid',
    ),
  },
  notes: {
    whole: ['notes', 'note', 'memo', 'info', 'infos', 'observation', 'observations', 'precisions'],
    part: anyOf('comment remarque observation notes?internes? internalnotes? notes?(client|customer)'),
    not: anyOf('date auteur author nombre count'),
  },
};

/** What a column of keys is named too: it is a plan only where nothing else is, and its cells do not look like keys. */
const AMBIGUOUS = ['licence', 'license', 'licences', 'licenses', 'produit', 'product', 'article'];

/** Without accents, case, signs, numbers in brackets and what else stands in them: `Expire le (JJ/MM/AAAA)`. */
function plain(name: string): string {
  const folded = name.normalize('NFKD').toLowerCase();
  const letters = (text: string) => text.replace(/[^a-z0-9]/g, '');
  return letters(folded.replace(/[([{][^)\]}]*[)\]}]/g, '')) || letters(folded);
}

const wholly = (name: string) => (field: ImportField) =>
  [name, name.replace(/s$/, '')].some((each) => NAMES[field].whole.includes(each));
const partly = (name: string) => (field: ImportField) => NAMES[field].part.test(name) && !NAMES[field].not.test(name);

const SAMPLE_ROWS = 50;

function isPlanLike(rows: readonly CsvRow[], column: number): boolean {
  const cells = rows.slice(0, SAMPLE_ROWS).map((row) => row.cells[column]?.trim() ?? '');
  return cells.some(Boolean) && cells.every((cell) => cell.length <= 20 && /^[\p{L}]?[\p{L} ]*$/u.test(cell));
}

/** Each field goes to the first column that bears one of its names whole, else to the first that speaks of it. */
export function guessMapping(headers: readonly string[], rows: readonly CsvRow[] = []): Mapping {
  const names = headers.map(plain);
  const mapping: Mapping = names.map(() => null);
  for (const speaks of [wholly, partly])
    for (const [column, name] of names.entries()) {
      const isFree = (field: ImportField) => !mapping.includes(field);
      if (mapping[column] === null && name && !AMBIGUOUS.includes(name))
        mapping[column] = IMPORT_FIELDS.find((field) => isFree(field) && speaks(name)(field)) ?? null;
    }
  if (!mapping.includes('plan')) {
    const column = names.findIndex((name, index) => AMBIGUOUS.includes(name) && isPlanLike(rows, index));
    if (column >= 0) mapping[column] = 'plan';
  }
  return mapping;
}

/** Columns left out although they bear the name of one that is imported: [left out, imported]. */
export function leftOutTwins(headers: readonly string[], mapping: Mapping): [number, number][] {
  const names = headers.map(plain);
  return names.flatMap((name, column) => {
    const twin = mapping[column] || !name ? -1 : names.findIndex((other, index) => other === name && mapping[index]);
    return twin < 0 ? [] : [[column, twin] as [number, number]];
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
