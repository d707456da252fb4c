import type { ApexOptions } from 'apexcharts';
import { COUNTED, type LogBar } from './histogram.ts';
import { LEVEL_LOOKS } from './levels.ts';
import { zoneOffset } from './time.ts';

type Locale = Record<string, unknown> & { name: string };

interface LogChart {
  bars: readonly LogBar[];
  zone: string;
  locale: Locale;
  dark: boolean;
  color(variable: string): string;
  level(level: (typeof COUNTED)[number]): string;
  number(value: number): string;
  /** A bar in words. */
  name(bar: LogBar): string;
  zoom(from: number, to: number): void;
}

/** The gravest at the bottom, where they are compared. */
const DRAWN = COUNTED.toReversed().toSorted((a, b) => Number(a === 'none') - Number(b === 'none'));
const PARTIAL = '66';

/** ApexCharts knows no zones: its time is that of the clock on the wall, as though that were UTC. */
const toChart = (instant: number, zone: string): number => instant + zoneOffset(instant, zone);
const fromChart = (wall: number, zone: string): number => {
  const instant = wall - zoneOffset(wall, zone);
  return wall - zoneOffset(instant, zone);
};

export const histogramSeries = ({ bars, zone, color, level }: LogChart): ApexOptions['series'] =>
  DRAWN.filter((name) => name !== 'none' || bars.some((bar) => bar.none > 0)).map((name) => ({
    name: level(name),
    color: color(LEVEL_LOOKS[name].color),
    data: bars.map((bar) => ({
      x: toChart((bar.begins + bar.ends) / 2, zone),
      y: bar[name],
      // Of what is only partly in the period less is seen.
      ...(bar.isPartial ? { fillColor: color(LEVEL_LOOKS[name].color) + PARTIAL } : {}),
    })),
  }));

export function histogramOptions({ bars, zone, locale, dark, color, number, name, zoom }: LogChart): ApexOptions {
  const [min, max] = [toChart(bars[0]?.begins ?? 0, zone), toChart(bars.at(-1)?.ends ?? 0, zone)];
  return {
    chart: {
      type: 'bar',
      stacked: true,
      background: 'transparent',
      fontFamily: 'inherit',
      foreColor: color('--ui-text-muted'),
      animations: { enabled: false },
      locales: [locale as never],
      defaultLocale: locale.name,
      toolbar: { show: false },
      zoom: { enabled: true, type: 'x', autoScaleYaxis: false },
      selection: { enabled: true, type: 'x' },
      events: {
        beforeZoom(_chart: unknown, { xaxis }: { xaxis: { min: number; max: number } }) {
          zoom(fromChart(xaxis.min, zone), fromChart(xaxis.max, zone));
          // The address changes, and with it what is drawn.
          return { xaxis: { min, max } };
        },
        dataPointSelection(_event: unknown, _chart: unknown, { dataPointIndex }: { dataPointIndex: number }) {
          const bar = bars[dataPointIndex];
          if (bar) zoom(bar.begins, bar.ends);
        },
      },
    },
    theme: { mode: dark ? 'dark' : 'light' },
    dataLabels: { enabled: false },
    states: { active: { filter: { type: 'none' } } },
    plotOptions: { bar: { columnWidth: '88%', borderRadius: 0 } },
    grid: {
      borderColor: color('--ui-border'),
      strokeDashArray: 3,
      padding: { left: 8, right: 0, top: -16, bottom: -2 },
    },
    legend: { show: false },
    xaxis: {
      type: 'datetime',
      min,
      max,
      labels: { datetimeUTC: true },
      axisBorder: { show: false },
      axisTicks: { show: false },
      tooltip: { enabled: false },
    },
    yaxis: { labels: { formatter: (value: number) => number(Math.round(value)) }, min: 0, tickAmount: 2 },
    tooltip: {
      shared: true,
      intersect: false,
      x: {
        formatter: (_x: number, at?: { dataPointIndex: number }) => name(bars[at?.dataPointIndex ?? 0] ?? bars[0]!),
      },
      y: { formatter: number },
    },
  };
}
