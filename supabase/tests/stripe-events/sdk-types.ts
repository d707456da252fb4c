import { join } from 'node:path';
import ts from 'typescript';

/** Objects of the API by what their `object` says, and the type the SDK gives them. */
const types = {
  customer: 'Customer',
  subscription: 'Subscription',
  invoice: 'Invoice',
  invoice_payment: 'InvoicePayment',
  charge: 'Charge',
  payment_intent: 'PaymentIntent',
  payment_method: 'PaymentMethod',
  refund: 'Refund',
  dispute: 'Dispute',
  credit_note: 'CreditNote',
  'radar.early_fraud_warning': 'Radar.EarlyFraudWarning',
  'checkout.session': 'Checkout.Session',
  coupon: 'Coupon',
  promotion_code: 'PromotionCode',
  discount: 'Discount',
  product: 'Product',
  price: 'Price',
} as const;
export type Kind = keyof typeof types;
export const isKind = (kind: unknown): kind is Kind => typeof kind === 'string' && kind in types;

const folder = join(import.meta.dirname, '../../..');
const file = join(folder, 'sdk-types.virtual.ts');

/** Reads the SDK's declarations → what of a value is not as they say, each by its path: `lines.data[0].id missing` */
export function readSdkTypes(): (kind: Kind, value: unknown) => string[] {
  const options: ts.CompilerOptions = {
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    strict: true,
    skipLibCheck: true,
    types: [],
  };
  const text = [
    `import type Stripe from 'stripe';`,
    ...Object.entries(types).map(([kind, name]) => `export type ${nameOf(kind)} = Stripe.${name};`),
  ].join('\n');
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists, readFile } = host;
  host.getSourceFile = (name, ...rest) =>
    name === file ? ts.createSourceFile(name, text, ts.ScriptTarget.Latest) : getSourceFile(name, ...rest);
  host.fileExists = (name) => name === file || fileExists(name);
  host.readFile = (name) => (name === file ? text : readFile(name));
  const program = ts.createProgram([file], options, host);
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(file)!;
  const exported = new Map(
    checker.getExportsOfModule(checker.getSymbolAtLocation(source)!).map((symbol) => [symbol.name, symbol]),
  );
  return (kind, value) => compare(checker, value, checker.getDeclaredTypeOfSymbol(exported.get(nameOf(kind))!), '');
}

const nameOf = (kind: string) => kind.replace(/[^a-z]/g, '_');

function compare(checker: ts.TypeChecker, value: unknown, type: ts.Type, path: string): string[] {
  if (type.flags & (ts.TypeFlags.Any | ts.TypeFlags.Unknown)) return [];
  // On the wire a decimal is a string.
  if (checker.typeToString(type) === 'Decimal') return typeof value === 'string' ? [] : [`${path} is no decimal`];
  if (type.isUnion()) {
    // Of several it is the one it comes nearest to; an object is compared with objects.
    const isObject = typeof value === 'object' && value !== null;
    const likely = type.types.filter((one) => isObjectType(checker, one) === isObject);
    const each = (likely.length > 0 ? likely : type.types).map((one) => compare(checker, value, one, path));
    const nearest = each.reduce((best, one) => (one.length < best.length ? one : best));
    return nearest[0]?.startsWith(`${path} is `)
      ? [`${path} is ${shown(value)}, not ${checker.typeToString(type)}`]
      : nearest;
  }
  const wrong = [`${path} is ${shown(value)}, not ${checker.typeToString(type)}`];
  if (type.isStringLiteral() || type.isNumberLiteral()) return value === type.value ? [] : wrong;
  if (type.flags & ts.TypeFlags.BooleanLiteral) return checker.typeToString(type) === String(value) ? [] : wrong;
  if (type.flags & ts.TypeFlags.Null) return value === null ? [] : wrong;
  if (type.flags & ts.TypeFlags.Undefined) return value === undefined ? [] : wrong;
  if (type.flags & ts.TypeFlags.String) return typeof value === 'string' ? [] : wrong;
  if (type.flags & ts.TypeFlags.Number) return typeof value === 'number' ? [] : wrong;
  if (typeof value !== 'object' || value === null) return wrong;
  if (checker.isArrayType(type)) {
    if (!Array.isArray(value)) return wrong;
    const [element] = checker.getTypeArguments(type as ts.TypeReference);
    return value.flatMap((one, index) => compare(checker, one, element!, `${path}[${index}]`));
  }
  return compareMembers(checker, value as Record<string, unknown>, type, path);
}

const isObjectType = (checker: ts.TypeChecker, type: ts.Type) =>
  Boolean(type.flags & (ts.TypeFlags.Object | ts.TypeFlags.Intersection)) && checker.typeToString(type) !== 'Decimal';

function compareMembers(
  checker: ts.TypeChecker,
  value: Record<string, unknown>,
  type: ts.Type,
  path: string,
): string[] {
  const inside = (key: string) => (path ? `${path}.${key}` : key);
  const members = new Map(checker.getPropertiesOfType(type).map((member) => [member.name, member]));
  const others = checker.getIndexTypeOfType(type, ts.IndexKind.String);
  return [
    ...[...members.values()].flatMap((member) => {
      const given = value[member.name];
      if (given === undefined) return member.flags & ts.SymbolFlags.Optional ? [] : [`${inside(member.name)} missing`];
      return compare(checker, given, checker.getTypeOfSymbol(member), inside(member.name));
    }),
    ...Object.keys(value).flatMap((key) => {
      if (members.has(key)) return [];
      return others ? compare(checker, value[key], others, inside(key)) : [`${inside(key)} unknown`];
    }),
  ];
}

const shown = (value: unknown) => JSON.stringify(value)?.slice(0, 60) ?? 'undefined';
