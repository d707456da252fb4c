import type { ApexOptions } from 'apexcharts';

export interface BucketSeries {
  name: string;
  /** CSS variable of the theme: `--ui-color-primary-500`. */
  color: string;
  type?: 'column' | 'line';
  /** One value a bucket; null where there is none. */
  values: readonly (number | null)[];
}

interface BucketOptions {
  series: readonly BucketSeries[];
  /** What each bucket is called on the axis, and in the tooltip. */
  names: readonly string[];
  fullNames: readonly string[];
  /** So many names have room on the axis. */
  room: number;
  stacked: boolean;
  /** A line that should not be crossed. */
  limit?: { value: number; label: string } | undefined;
  locale: Record<string, unknown> & { name: string };
  dark: boolean;
  fileName: string | undefined;
  color(variable: string): string;
  format(value: number): string;
  open?: ((bucket: number, series: number) => void) | undefined;
}

/** Bars and lines by bucket, with zoom and download; a click opens what a bar counts. */
export function bucketOptions(chart: BucketOptions): ApexOptions {
  const { series, names, fullNames, room, stacked, limit, locale, dark, fileName, color, format, open } = chart;
  const step = Math.ceil(names.length / room);
  const isZoomable = names.length > 14;
  return {
    chart: {
      background: 'transparent',
      fontFamily: 'inherit',
      foreColor: color('--ui-text-muted'),
      animations: { enabled: false },
      stacked,
      locales: [locale as never],
      defaultLocale: locale.name,
      zoom: { enabled: isZoomable, type: 'x' },
      toolbar: {
        show: true,
        tools: {
          pan: false,
          download: fileName !== undefined,
          ...(isZoomable ? {} : { zoom: false, zoomin: false, zoomout: false, reset: false }),
        },
        ...(fileName
          ? { export: { csv: { filename: fileName }, png: { filename: fileName }, svg: { filename: fileName } } }
          : {}),
      },
      ...(open
        ? {
            events: {
              dataPointSelection: (
                _event: unknown,
                _chart: unknown,
                at: { dataPointIndex: number; seriesIndex: number },
              ) => open(at.dataPointIndex, at.seriesIndex),
            },
          }
        : {}),
    },
    theme: { mode: dark ? 'dark' : 'light' },
    colors: series.map((each) => color(each.color)),
    dataLabels: { enabled: false },
    states: { active: { filter: { type: 'none' } } },
    stroke: { width: series.map(({ type }) => (type === 'line' ? 2.5 : 0)), curve: 'straight' },
    markers: { size: series.map(({ type }) => (type === 'line' ? 3 : 0)), strokeWidth: 0 },
    plotOptions: { bar: { columnWidth: '64%', borderRadius: 2 } },
    grid: { borderColor: color('--ui-border'), strokeDashArray: 3, padding: { left: 8, right: 0 } },
    legend: { position: 'top', horizontalAlign: 'left', fontSize: '12px', markers: { size: 5, strokeWidth: 0 } },
    ...(limit
      ? {
          annotations: {
            yaxis: [
              {
                y: limit.value,
                borderColor: color('--ui-error'),
                strokeDashArray: 4,
                label: {
                  text: limit.label,
                  borderWidth: 0,
                  position: 'left',
                  textAnchor: 'start',
                  style: { background: 'transparent', color: color('--ui-error') },
                },
              },
            ],
          },
        }
      : {}),
    xaxis: {
      type: 'category',
      categories: [...names],
      labels: {
        rotate: 0,
        maxHeight: 28,
        hideOverlappingLabels: false,
        formatter: (value) => (names.indexOf(value) % step === 0 ? value : ''),
      },
      axisBorder: { show: false },
      axisTicks: { show: false },
      tooltip: { enabled: false },
    },
    yaxis: {
      labels: { formatter: format },
      forceNiceScale: true,
      // The line is seen however far off it is.
      ...(limit ? { max: (highest: number) => Math.max(highest, limit.value * 1.1) } : {}),
    },
    // On a phone the names would lie under the tools.
    responsive: [{ breakpoint: 640, options: { legend: { position: 'bottom' } } }],
    tooltip: {
      shared: true,
      intersect: false,
      x: { formatter: (_value: number, at?: { dataPointIndex: number }) => fullNames[at?.dataPointIndex ?? 0] ?? '' },
      y: { formatter: (value: number | null | undefined) => (typeof value === 'number' ? format(value) : '—') },
    },
  };
}
