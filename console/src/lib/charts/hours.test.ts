import { expect, it } from 'vitest';
import { hoursOption } from './hours.js';
import type { Ink } from './tokens.js';

const ink: Ink = {
  ...{ ink: '#111', ink2: '#222', ink3: '#333', line: '#444', sheet: '#555', bar: '#666', fire: '#777' },
  font: 'Inter',
};
interface Option {
  animation: boolean;
  series: { name: string; data: number[]; itemStyle: { color: string; decal?: object } }[];
  xAxis: { axisLabel: { formatter: (value: string) => string } };
  tooltip: { renderMode: string; formatter: (points: object[]) => string };
}
const option = (still: boolean) =>
  hoursOption(
    {
      at: [0, 3_600_000],
      series: [
        { name: 'burning', values: [1, 0], hot: true },
        { name: 'rest', values: [2, 3] },
      ],
    },
    ink,
    { axis: (ms) => `${ms / 3_600_000} h`, whole: (ms) => `at ${ms}`, count: (n) => `#${n}` },
    { rootPx: 16, still },
  ) as unknown as Option;

it('burns in the beacon’s colour and in a pattern, and draws the rest in ink', () => {
  const [hot, rest] = option(false).series;
  expect([hot?.itemStyle.color, rest?.itemStyle.color]).toEqual(['#777', '#666']);
  expect([hot?.itemStyle.decal !== undefined, rest?.itemStyle.decal]).toEqual([true, undefined]);
});

it('writes no HTML, and stands still for whom motion disturbs', () => {
  const { tooltip, animation, xAxis } = option(true);
  expect(tooltip.renderMode).toBe('richText');
  expect(tooltip.formatter([{ axisValue: '3600000', seriesName: '<b>', value: 2 }])).toBe(
    'at 3600000\n<b>  #2',
  );
  expect(xAxis.axisLabel.formatter('3600000')).toBe('1 h');
  expect(animation).toBe(false);
});
