/** The bar chart of events over time; the library is read when the first one is drawn. */
import { BarChart } from 'echarts/charts';
import { BrushComponent, GridComponent, ToolboxComponent, TooltipComponent } from 'echarts/components';
import { init, use, type EChartsType } from 'echarts/core';
import { CanvasRenderer } from 'echarts/renderers';
import type { HistogramAnswer } from '$lib/api/types.js';

use([BarChart, GridComponent, TooltipComponent, BrushComponent, ToolboxComponent, CanvasRenderer]);

export interface ChartTexts {
  readonly axis: (ms: number) => string;
  readonly tip: (fromMs: number, toMs: number, count: number) => string;
}

function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

export class TimeChart {
  readonly #chart: EChartsType;
  #answer: HistogramAnswer | undefined;

  constructor(element: HTMLElement, onRange: (fromMs: number, toMs: number) => void) {
    this.#chart = init(element, null, { renderer: 'canvas' });
    this.#chart.on('brushEnd', (event) => {
      const range = (event as { areas?: { coordRange?: [number, number] }[] }).areas?.[0]?.coordRange;
      const answer = this.#answer;
      if (!range || !answer) return;
      const last = answer.buckets.length - 1;
      const [low, high] = [Math.min(...range), Math.max(...range)].map((index) =>
        Math.min(last, Math.max(0, index)),
      );
      const from = answer.buckets[low ?? 0];
      const to = answer.buckets[high ?? last];
      if (from && to) onRange(from.fromMs, to.fromMs + answer.stepMs);
    });
  }

  draw(answer: HistogramAnswer, texts: ChartTexts): void {
    this.#answer = answer;
    const { buckets, stepMs } = answer;
    const quiet = colour('--ink-3');
    this.#chart.setOption(
      {
        animation: false,
        grid: {
          left: 4,
          right: 4,
          top: 8,
          bottom: 2,
          outerBoundsMode: 'same',
          outerBoundsContain: 'axisLabel',
        },
        tooltip: {
          trigger: 'axis',
          renderMode: 'richText',
          axisPointer: { type: 'shadow', shadowStyle: { color: colour('--sel'), opacity: 0.7 } },
          backgroundColor: colour('--sheet'),
          borderColor: colour('--line-strong'),
          textStyle: { color: colour('--ink'), fontSize: 12 },
          formatter: (items: unknown) => {
            const [item] = items as { dataIndex: number }[];
            const bucket = item && buckets[item.dataIndex];
            return bucket ? texts.tip(bucket.fromMs, bucket.fromMs + stepMs, bucket.count) : '';
          },
        },
        xAxis: {
          type: 'category',
          data: buckets.map(({ fromMs }) => texts.axis(fromMs)),
          axisLine: { lineStyle: { color: colour('--line-strong') } },
          axisTick: { show: false },
          axisLabel: { color: quiet, fontSize: 11, interval: 'auto', hideOverlap: true },
        },
        yAxis: {
          type: 'value',
          minInterval: 1,
          splitNumber: 2,
          splitLine: { lineStyle: { color: colour('--line') } },
          axisLabel: { color: quiet, fontSize: 11 },
        },
        series: [
          {
            type: 'bar',
            data: buckets.map(({ count }) => count),
            barCategoryGap: '15%',
            itemStyle: { color: colour('--bar') },
            emphasis: { itemStyle: { color: colour('--ink') } },
          },
        ],
        toolbox: { show: false },
        brush: {
          toolbox: [],
          xAxisIndex: 0,
          brushStyle: { color: colour('--sel'), borderColor: colour('--focus'), opacity: 0.4 },
          outOfBrush: { colorAlpha: 0.35 },
        },
      },
      true,
    );
    this.#chart.dispatchAction({
      type: 'takeGlobalCursor',
      key: 'brush',
      brushOption: { brushType: 'lineX', brushMode: 'single' },
    });
  }

  resize(): void {
    this.#chart.resize();
  }
  dispose(): void {
    this.#chart.dispose();
  }
}
