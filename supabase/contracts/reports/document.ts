import type { Locale } from '../constants/staff.ts';
import type { ReportSnapshot } from '../rows/report.ts';
import { type Amount, type Cell, say, sayDay, sayInstantDay, sayMoment, sayMonth, type Unit, unitWord } from './say.ts';
import { alertWords, leftOutWords, metricWords, riskWords } from './words.ts';

export interface ReportColumn {
  label: string;
  isNumber: boolean;
  /** What files say beside the label; cells for people say it themselves. */
  unit?: string;
  /** Told where numbers stand without their unit. */
  isForFiles?: boolean;
}
export interface ReportTable {
  title: string;
  columns: ReportColumn[];
  rows: Cell[][];
  /** Said in the place of rows. */
  none: string;
}
export interface ReportChart {
  title: string;
  kind: 'line' | 'bars';
  points: { label: string; value: Amount | null }[];
}
/** A report in one language, of which screen, PDF, CSV and XLSX are drawn alike. */
export interface ReportDocument {
  language: Locale;
  title: string;
  /** What it is about: period, moment, zone, filters, and whether anything happened. */
  facts: string[];
  cards: { label: string; value: Cell; before: string }[];
  chart: ReportChart;
  tables: ReportTable[];
  /** What its figures leave out. */
  notes: string[];
}

const words = {
  fr: {
    period: (from: string, to: string, zone: string) => `Du ${from} au ${to}, jours du fuseau ${zone}`,
    asOf: (moment: string) => `Chiffres du ${moment}`,
    due: (moment: string, zone: string) => `Prévu le ${moment} (${zone})`,
    late: 'Envoyé en retard',
    empty: 'Aucune donnée sur cette période.',
    unchanged: 'Rien n’a changé par rapport à la période précédente.',
    plan: (plan: string) => `Plan : ${plan}`,
    segment: (segment: string) => `Segment : ${segment}`,
    before: (value: string) => `${value} avant`,
    figures: 'Chiffres',
    figure: 'Chiffre',
    value: 'Valeur',
    previous: 'Avant',
    unit: 'Unité',
    month: 'Mois',
    day: 'Jour',
    waterfall: 'MRR, de l’ouverture à la clôture',
    steps: ['Ouverture', 'Nouveau', 'Expansion', 'Réactivation', 'Contraction', 'Churn', 'Clôture'],
    alerts: 'Alertes',
    alert: 'Alerte',
    severity: 'Gravité',
    severities: { error: 'erreur', warning: 'avertissement', info: 'information' } as Record<string, string>,
    count: 'Nombre',
    noAlerts: 'Aucune alerte.',
    risks: 'Licences à risque',
    riskColumns: ['Licence', 'Plan', 'MRR', 'Devise', 'Expire le', 'Raisons', 'Score'],
    noRisks: 'Personne n’est à risque.',
    running: 'en cours',
    leftOut: (count: number, why: string) => `Laissés de côté : ${count} ${why}`,
  },
  en: {
    period: (from: string, to: string, zone: string) => `From ${from} to ${to}, days of the zone ${zone}`,
    asOf: (moment: string) => `Figures of ${moment}`,
    due: (moment: string, zone: string) => `Due on ${moment} (${zone})`,
    late: 'Sent late',
    empty: 'No data in this period.',
    unchanged: 'Nothing has changed against the period before.',
    plan: (plan: string) => `Plan: ${plan}`,
    segment: (segment: string) => `Segment: ${segment}`,
    before: (value: string) => `${value} before`,
    figures: 'Figures',
    figure: 'Figure',
    value: 'Value',
    previous: 'Before',
    unit: 'Unit',
    month: 'Month',
    day: 'Day',
    waterfall: 'MRR, from opening to closing',
    steps: ['Opening', 'New', 'Expansion', 'Reactivation', 'Contraction', 'Churn', 'Closing'],
    alerts: 'Alerts',
    alert: 'Alert',
    severity: 'Severity',
    severities: { error: 'error', warning: 'warning', info: 'information' } as Record<string, string>,
    count: 'Number',
    noAlerts: 'No alert.',
    risks: 'Licences at risk',
    riskColumns: ['Licence', 'Plan', 'MRR', 'Currency', 'Expires on', 'Reasons', 'Score'],
    noRisks: 'Nobody is at risk.',
    running: 'in progress',
    leftOut: (count: number, why: string) => `Left out: ${count} ${why}`,
  },
} as const;

/** What the business looks at first. */
const FOREMOST: ReadonlySet<string> = new Set(['mrr', 'customers_new', 'customers_churned', 'customer_churn_rate']);

const label = (text: string): ReportColumn => ({ label: text, isNumber: false });
const number = (text: string, unit = ''): ReportColumn => ({ label: text, isNumber: true, unit });

/** `language`: that of the report unless somebody looks at it in another. */
export function toDocument(snapshot: ReportSnapshot, language: Locale = snapshot.language): ReportDocument {
  const told = words[language];
  const { currency, zone } = snapshot;
  const amount = (unit: Unit, value: number | null, of = currency): Amount | null =>
    value === null ? null : { unit, value, currency: of };
  const named = (metric: ReportSnapshot['figures'][number]['metric']) => metricWords[language][metric] ?? metric;
  const figures = snapshot.figures.map(({ metric, unit, total, before }) => ({
    metric,
    label: named(metric),
    value: amount(unit, total),
    before: amount(unit, before),
    unit: unitWord({ unit, currency }),
  }));
  const foremost = figures.filter(({ metric }) => FOREMOST.has(metric));
  const isMonthly = snapshot.series.granularity === 'month';
  return {
    language,
    title: snapshot.name,
    facts: [
      told.period(sayDay(snapshot.from_day, language), sayDay(snapshot.to_day, language), zone),
      told.asOf(sayMoment(snapshot.as_of, language, zone)),
      told.due(sayMoment(snapshot.due_at, language, snapshot.time_zone), snapshot.time_zone),
      ...(snapshot.filters.plan ? [told.plan(snapshot.filters.plan)] : []),
      ...(snapshot.filters.segment ? [told.segment(snapshot.filters.segment)] : []),
      ...(snapshot.is_late ? [told.late] : []),
      ...(snapshot.is_empty ? [told.empty] : snapshot.is_unchanged ? [told.unchanged] : []),
    ],
    cards: (foremost.length > 1 ? foremost : figures.slice(0, 4)).map((figure) => ({
      label: figure.label,
      value: figure.value,
      before: told.before(say(figure.before, language)),
    })),
    chart: {
      title: named(snapshot.series.metric),
      kind: isMonthly ? 'line' : 'bars',
      points: snapshot.series.buckets.map(({ day, value }) => ({
        label: isMonthly ? sayMonth(day, language) : sayDay(day, language, 'medium'),
        value: amount(snapshot.series.unit, value),
      })),
    },
    tables: [
      {
        title: told.figures,
        columns: [
          label(told.figure),
          number(told.value),
          number(told.previous),
          { ...label(told.unit), isForFiles: true },
        ],
        rows: figures.map((figure) => [figure.label, figure.value, figure.before, figure.unit]),
        none: told.empty,
      },
      ...(snapshot.waterfall ? [waterfallTable(snapshot.waterfall)] : [seriesTable()]),
      ...(snapshot.alerts ? [alertTable(snapshot.alerts)] : []),
      ...(snapshot.risks ? [riskTable(snapshot.risks)] : []),
    ],
    notes: snapshot.left_out.map(({ reason, count, currency: of, amount_cents: cents }) =>
      told
        .leftOut(count, leftOutWords[language][reason] ?? reason)
        .concat(of && cents !== undefined ? ` (${say(amount('money', cents, of), language)})` : ''),
    ),
  };

  function waterfallTable(steps: NonNullable<ReportSnapshot['waterfall']>): ReportTable {
    return {
      title: told.waterfall,
      columns: [label(told.month), ...told.steps.map((step) => number(step, currency))],
      rows: steps.map((step) => [
        sayMonth(step.day, language).concat(step.partial ? ` (${told.running})` : ''),
        ...[
          step.opening_cents,
          step.new_cents,
          step.expansion_cents,
          step.reactivation_cents,
          step.contraction_cents,
          step.churn_cents,
          step.closing_cents,
        ].map((cents) => amount('money', cents)),
      ]),
      none: told.empty,
    };
  }

  function seriesTable(): ReportTable {
    const { metric, unit, buckets } = snapshot.series;
    return {
      title: named(metric),
      columns: [label(isMonthly ? told.month : told.day), number(named(metric), unitWord({ unit, currency }))],
      rows: buckets.map(({ day, value }) => [sayDay(day, language, 'medium'), amount(unit, value)]),
      none: told.empty,
    };
  }

  function alertTable(alerts: NonNullable<ReportSnapshot['alerts']>): ReportTable {
    return {
      title: told.alerts,
      columns: [label(told.alert), label(told.severity), number(told.count)],
      rows: alerts.map(({ kind, severity, count }) => [
        alertWords[kind]?.[language === 'fr' ? 0 : 1] ?? kind,
        told.severities[severity] ?? severity,
        amount('count', count),
      ]),
      none: told.noAlerts,
    };
  }

  function riskTable(risks: NonNullable<ReportSnapshot['risks']>): ReportTable {
    const [license, plan, mrr, of, expires, reasons, score] = told.riskColumns;
    return {
      title: told.risks,
      columns: [
        label(license),
        label(plan),
        number(mrr),
        { ...label(of), isForFiles: true },
        label(expires),
        label(reasons),
        number(score),
      ],
      rows: risks.map((risk) => [
        `…${risk.license}`,
        risk.plan,
        amount('money', risk.mrr_cents, risk.currency),
        risk.currency,
        sayInstantDay(risk.expires_at, language, zone),
        risk.reasons.map((reason) => riskWords[language][reason]).join(', '),
        amount('count', risk.score),
      ]),
      none: told.noRisks,
    };
  }
}
