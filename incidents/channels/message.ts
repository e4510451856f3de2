/** The words of a message about an alert, in Chinese and English. Text of logs in it is hostile and is cleaned. */
import type { Alert } from '#kernel/schema/alert.js';
import type { Outcome, Severity } from '#kernel/vocabulary.js';

const SEVERITY_ZH: Readonly<Record<Severity, string>> = {
  informational: '提示',
  low: '低危',
  medium: '中危',
  high: '高危',
  critical: '严重',
};
const OUTCOME_ZH: Readonly<Record<Outcome, string>> = {
  attempted: '尝试',
  succeeded: '成功',
  compromised: '失陷',
  unknown: '未知',
};

/**
 * One line of at most `longest` characters: without control characters (line breaks would make headers), without those
 * that turn the direction of text (they disguise names), without lone surrogates.
 */
export function plainLine(text: string, longest = 300): string {
  const line = text
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .replace(/[\p{Cf}\p{Surrogate}]/gu, '')
    .replace(/ {2,}/g, ' ')
    .trim();
  const characters = [...line];
  return characters.length > longest ? `${characters.slice(0, longest - 1).join('')}…` : line;
}

export interface Message {
  readonly subject: string;
  readonly zh: string;
  readonly en: string;
}

/** `consoleUrl` is the console's address without a slash at the end, for the link; absent: no link. */
export function messageOf(alert: Alert, consoleUrl?: string): Message {
  const title = plainLine(alert.title, 200);
  const rows: readonly (readonly [zh: string, en: string, value: string | undefined, zhValue?: string])[] = [
    ['告警', 'Alert', `${title} (${alert.id})`],
    ['级别', 'Severity', alert.severity, SEVERITY_ZH[alert.severity]],
    ['攻击结果', 'Outcome', alert.outcome, OUTCOME_ZH[alert.outcome]],
    ['单位', 'Unit', alert.unit],
    ['主机', 'Host', alert.host],
    ['用户', 'User', alert.user],
    ['源地址', 'Source', alert.sourceIp],
    ['目的地址', 'Destination', alert.destinationIp],
    ['命中次数', 'Matches', String(alert.count)],
    ['首次', 'First event', alert.firstEventAt],
    ['最近', 'Last event', alert.lastEventAt],
    ['规则', 'Rule', `${alert.rule.title} (${alert.rule.id})`],
    ['查看', 'Open', consoleUrl && `${consoleUrl}/alerts/${alert.id}`],
  ];
  const lines = (language: 'zh' | 'en') =>
    rows
      .filter(([, , value]) => value !== undefined && value !== '')
      .map(([zh, en, value, zhValue]) =>
        language === 'zh'
          ? `${zh}：${plainLine(zhValue ?? value ?? '')}`
          : `${en}: ${plainLine(value ?? '')}`,
      )
      .join('\n');
  return {
    subject: `[烽火 Fenghuo] ${SEVERITY_ZH[alert.severity]} ${alert.severity}: ${title}`,
    zh: lines('zh'),
    en: lines('en'),
  };
}
