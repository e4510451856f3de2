/** Bars over time as ECharts wants them, and as a table says them. */
import type { Ink } from './tokens.js';

export interface Series {
  readonly name: string;
  readonly values: readonly number[];
  /** What presses burns; the rest is measured in ink. */
  readonly hot?: boolean;
}

export interface HoursChart {
  /** Epoch milliseconds at which each bar begins. */
  readonly at: readonly number[];
  /** Stacked, the first at the bottom. */
  readonly series: readonly Series[];
}

interface Words {
  /** Beneath an axis, short. */
  readonly axis: (ms: number) => string;
  /** In the tooltip, whole. */
  readonly whole: (ms: number) => string;
  readonly count: (value: number) => string;
}

/** `rootPx`: pixels of a rem; `still`: the viewer wants no motion. */
export function hoursOption(
  { at, series }: HoursChart,
  ink: Ink,
  words: Words,
  { rootPx, still }: { readonly rootPx: number; readonly still: boolean },
): Record<string, unknown> {
  const size = Math.round(rootPx * 0.6875);
  const text = { color: ink.ink3, fontFamily: ink.font, fontSize: size };
  return {
    animation: !still,
    animationDuration: 200,
    aria: { enabled: false },
    grid: { left: 4, right: 4, top: 8, bottom: 4, containLabel: true },
    xAxis: {
      type: 'category',
      data: at,
      axisLine: { lineStyle: { color: ink.line } },
      axisTick: { show: false },
      axisLabel: { ...text, hideOverlap: true, formatter: (value: string) => words.axis(Number(value)) },
    },
    yAxis: {
      type: 'value',
      minInterval: 1,
      splitNumber: 3,
      splitLine: { lineStyle: { color: ink.line } },
      axisLabel: { ...text, formatter: words.count },
    },
    tooltip: {
      trigger: 'axis',
      // Drawn on the canvas: nothing of it becomes HTML.
      renderMode: 'richText',
      backgroundColor: ink.sheet,
      borderColor: ink.line,
      textStyle: { color: ink.ink, fontFamily: ink.font, fontSize: Math.round(rootPx * 0.75) },
      axisPointer: { type: 'shadow', shadowStyle: { color: ink.line, opacity: 0.5 } },
      formatter: (points: readonly { axisValue: string; seriesName: string; value: number }[]) =>
        [
          words.whole(Number(points[0]?.axisValue)),
          ...points.map(({ seriesName, value }) => `${seriesName}  ${words.count(value)}`),
        ].join('\n'),
    },
    series: series.map(({ name, values, hot = false }) => ({
      type: 'bar',
      name,
      stack: 'all',
      data: values,
      barCategoryGap: '25%',
      itemStyle: {
        color: hot ? ink.fire : ink.bar,
        // Told apart without colour too.
        ...(hot && {
          decal: { symbol: 'rect', dashArrayX: [1, 0], dashArrayY: [2, 3], rotation: -Math.PI / 4 },
        }),
      },
    })),
  };
}
