// The database's own rules (private.is_email, is_hwid, notes); it decides again.
const LOCAL_PART = /[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}/.source;
const LABEL = /[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?/.source;
const EMAIL = new RegExp(`^${LOCAL_PART}@${LABEL}(\\.${LABEL})+$`);
const GRAPHIC = /^[^\s\p{C}]+( [^\s\p{C}]+)*$/u;
export const MAX_NOTES = 5_000;

export const isEmail = (value: string): boolean => {
  const text = value.trim();
  return (
    text.length <= 254 && EMAIL.test(text) && !text.includes('..') && !text.startsWith('.') && !text.includes('.@')
  );
};

export const isHwid = (value: string): boolean => {
  const text = value.trim();
  return text.length >= 4 && text.length <= 200 && GRAPHIC.test(text);
};
