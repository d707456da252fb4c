export function saveText(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([`${text}\n`], { type: 'text/plain;charset=utf-8' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** Prints the text alone, in a frame that is gone afterwards: the page behind it stays out of the sheet. */
export function printText(text: string): void {
  const frame = document.createElement('iframe');
  frame.hidden = true;
  document.body.append(frame);
  const { contentDocument: sheet, contentWindow: window } = frame;
  if (!sheet || !window) return frame.remove();
  const body = sheet.createElement('pre');
  body.textContent = text;
  sheet.body.append(body);
  window.addEventListener('afterprint', () => frame.remove());
  window.print();
}
