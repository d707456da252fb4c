const BLACK = '#000000';

/**
 * Any CSS colour as `#rrggbb`: ApexCharts reads neither variables nor `oklch()`. Drawn and read back, since browsers
 * print `oklch()` as it came.
 */
export function toHex(color: string): string {
  const context = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  if (!context) return BLACK;
  context.fillStyle = BLACK;
  context.fillStyle = color;
  context.fillRect(0, 0, 1, 1);
  const [red = 0, green = 0, blue = 0] = context.getImageData(0, 0, 1, 1).data;
  return `#${[red, green, blue].map((part) => part.toString(16).padStart(2, '0')).join('')}`;
}

/** The theme's variable, as it stands in light or dark, for a chart. */
export const themeColor = (variable: string): string =>
  toHex(getComputedStyle(document.documentElement).getPropertyValue(variable).trim() || BLACK);
