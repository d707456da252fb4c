export type FormValue = string | FormValue[] | { [key: string]: FormValue };
export type Form = { [key: string]: FormValue };

const isDangerous = (key: string) => key === '__proto__' || key === 'constructor' || key === 'prototype';

/** Arrays come as `a[0]=…`, `a[]=…`; an object whose keys are 0..n-1 is one. */
function settle(value: FormValue): FormValue {
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return value.map(settle);
  const keys = Object.keys(value);
  if (keys.length > 0 && keys.every((key) => /^\d+$/.test(key))) {
    return keys
      .map(Number)
      .toSorted((a, b) => a - b)
      .map((key) => settle(value[key] as FormValue));
  }
  return Object.fromEntries(keys.map((key) => [key, settle(value[key] as FormValue)]));
}

/** Reads Stripe's form encoding: `items[0][price]=…&metadata[a]=b&expand[]=customer`. */
export function parseForm(text: string): Form {
  const root: Form = Object.create(null) as Form;
  for (const [name, value] of new URLSearchParams(text)) {
    const path = [name.split('[')[0] ?? '', ...[...name.matchAll(/\[([^\]]*)\]/g)].map((match) => match[1] ?? '')];
    if (path.some(isDangerous)) continue;
    let node: Form = root;
    for (const [depth, raw] of path.entries()) {
      const key = raw === '' && depth > 0 ? String(Object.keys(node).length) : raw;
      if (depth === path.length - 1) node[key] = value;
      else {
        const next = node[key];
        if (next === undefined || typeof next === 'string') node[key] = {};
        node = node[key] as Form;
      }
    }
  }
  return Object.fromEntries(Object.entries(root).map(([key, value]) => [key, settle(value)]));
}
