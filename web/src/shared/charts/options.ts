import type { ApexOptions } from 'apexcharts';

export interface DaySeries {
  name: string;
  /** CSS variable of the theme: `--ui-color-primary-500`. */
  color: string;
  /** One value a day, in the order of `days`; null where there is none. */
  values: (number | null)[];
}

interface DayOptions {
  series: DaySeries[];
  locale: Record<string, unknown> & { name: string };
  dark: boolean;
  /** Of what is downloaded; without one nothing is. */
  fileName: string | undefined;
  color(variable: string): string;
  format(value: number): string;
  /** Of the axis, when it does not follow from the figures. */
  max?: number | undefined;
  /** Said of a day without a figure. */
  none: string;
  day(timestamp: number): string;
  /** Of days a week apart, each with its name on the axis; '' where names would lie over each other. */
  weeks?: { timestamp: number; name: string }[] | undefined;
}

const pointOf = (at: unknown) => (at as { dataPointIndex: number }).dataPointIndex;

/** Bars by day with a light grid, zoom and download; everything else off. */
export function dayOptions({
  series,
  locale,
  dark,
  fileName,
  color,
  format,
  max,
  none,
  day,
  weeks,
}: DayOptions): ApexOptions {
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
      zoom: { enabled: !weeks, type: 'x' },
      toolbar: {
        show: true,
        tools: {
          pan: false,
          download: fileName !== undefined,
          ...(weeks ? { zoom: false, zoomin: false, zoomout: false, reset: false } : {}),
        },
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
      // An axis of time puts its names where it likes; weeks have theirs on their first days.
      ...(weeks
        ? {
            type: 'category',
            categories: weeks.map(({ timestamp }) => day(timestamp)),
            labels: {
              rotate: 0,
              maxHeight: 28,
              hideOverlappingLabels: false,
              formatter: (value) => weeks.find(({ timestamp }) => day(timestamp) === value)?.name ?? '',
            },
          }
        : { type: 'datetime', labels: { datetimeUTC: true } }),
      axisBorder: { show: false },
      axisTicks: { show: false },
      tooltip: { enabled: false },
    },
    yaxis: {
      labels: { formatter: format },
      forceNiceScale: max === undefined,
      min: 0,
      ...(max === undefined ? {} : { max }),
    },
    // On a phone the names would lie under the tools.
    responsive: [{ breakpoint: 640, options: { legend: { position: 'bottom' } } }],
    tooltip: {
      shared: true,
      intersect: false,
      x: { formatter: weeks ? (_value, at) => day(weeks[pointOf(at)]!.timestamp) : day },
      y: { formatter: (value: number | null | undefined) => (value == null ? none : format(value)) },
    },
  };
}
