/** Addresses that mean "every interface" are none to send to: the name of the page's own address takes their place. */
import type { SnippetAnswer } from '$lib/api/types.js';

const EVERYWHERE = /\b0\.0\.0\.0\b|\[::\]|(?<=target="|server="|Host\s{1,20})::(?=["\s])/g;

export function reachable(answer: SnippetAnswer, host: string): SnippetAnswer {
  const put = (text: string) => text.replace(EVERYWHERE, host);
  return {
    ingestUrl: answer.ingestUrl === null ? null : put(answer.ingestUrl),
    syslog: answer.syslog === null ? null : put(answer.syslog),
    snippets: answer.snippets.map((one) => ({ ...one, text: put(one.text) })),
  };
}
