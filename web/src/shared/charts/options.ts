import type { ApexOptions } from 'apexcharts';

export interface DaySeries {
  name: string;
  /** CSS variable of the theme: `--ui-color-primary-500`. */
  color: string;
  /** One value a day, in the order of `days`. */
  values: number[];
}

interface DayOptions {
  series: DaySeries[];
  locale: Record<string, unknown> & { name: string };
  dark: boolean;
  /** Of what is downloaded; without one nothing is. */
  fileName: string | undefined;
  color(variable: string): string;
  format(value: number): string;
  day(timestamp: number): string;
}

/** Bars by day with a light grid, zoom and download; everything else off. */
export function dayOptions({ series, locale, dark, fileName, color, format, day }: DayOptions): ApexOptions {
  const muted = color('--ui-text-muted');
  return {
    chart: {
      type: 'bar',
      background: 'transparent',
      fontFamily: 'inherit',
      foreColor: muted,
      animations: { enabled: false },
      locales: [locale as never],
      defaultLocale: locale.name,
      zoom: { enabled: true, type: 'x' },
      toolbar: {
        show: true,
        tools: { pan: false, download: fileName !== undefined },
        ...(fileName
          ? {
              export: {
                csv: { filename: fileName, headerCategory: 'day' },
                png: { filename: fileName },
                svg: { filename: fileName },
              },
            }
          : {}),
      },
    },
    theme: { mode: dark ? 'dark' : 'light' },
    colors: series.map((each) => color(each.color)),
    dataLabels: { enabled: false },
    plotOptions: { bar: { columnWidth: '70%', borderRadius: 2 } },
    grid: { borderColor: color('--ui-border'), strokeDashArray: 3, padding: { left: 8, right: 0 } },
    legend: { position: 'top', horizontalAlign: 'left', fontSize: '12px', markers: { size: 5, strokeWidth: 0 } },
    xaxis: {
      type: 'datetime',
      labels: { datetimeUTC: true },
      axisBorder: { show: false },
      axisTicks: { show: false },
      tooltip: { enabled: false },
    },
    yaxis: { labels: { formatter: format }, forceNiceScale: true, min: 0 },
    // On a phone the names would lie under the tools.
    responsive: [{ breakpoint: 640, options: { legend: { position: 'bottom' } } }],
    tooltip: { shared: true, intersect: false, x: { formatter: day }, y: { formatter: format } },
  };
}
