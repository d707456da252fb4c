/** Working time to the minute, “26 h 5 min”: a day of work has no length of its own. “—” where nothing was measured. */
export function workingTime(seconds: number | null, locale: string, none: string): string {
  if (seconds === null) return none;
  const unit = (value: number, name: 'hour' | 'minute' | 'second') =>
    new Intl.NumberFormat(locale, { style: 'unit', unit: name, unitDisplay: 'short' }).format(value);
  if (seconds < 60) return unit(seconds, 'second');
  const [hours, minutes] = [Math.floor(Math.round(seconds / 60) / 60), Math.round(seconds / 60) % 60];
  return [hours ? unit(hours, 'hour') : '', minutes ? unit(minutes, 'minute') : ''].filter(Boolean).join(' ');
}
