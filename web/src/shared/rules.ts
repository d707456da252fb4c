// The database's own rules (private.is_email, is_hwid, notes); it decides again.
const EMAIL =
  /^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)+$/;
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
