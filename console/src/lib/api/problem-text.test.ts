import { beforeAll, describe, expect, it } from 'vitest';
import { overwriteGetLocale } from '$lib/paraglide/runtime.js';
import type { ApiProblem } from './answer.js';
import { problemText } from './problem-text.js';

const problem = (code: string, data?: ApiProblem['data']): ApiProblem => ({
  type: 'about:blank',
  title: 'title of the server',
  detail: 'sentence of the server',
  remedy: 'remedy of the server',
  status: 400,
  code,
  ...(data && { data }),
});

describe('problems in the reader’s language', () => {
  beforeAll(() => overwriteGetLocale(() => 'zh-CN'));

  it('says it by the code', () =>
    expect(problemText(problem('disk_full'))).toEqual({
      sentence: '磁盘已满',
      remedy: '腾出空间或缩短留存期，接收会自动恢复。',
    }));
  it('translates words of ours inside', () => {
    expect(problemText(problem('conflict', { what: 'incident', id: 'inc_1' })).sentence).toBe(
      '网络安全事件“inc_1”刚被他人修改',
    );
    expect(problemText(problem('roles_conflict', { a: 'system', b: 'audit' })).sentence).toContain(
      '系统管理员',
    );
    expect(
      problemText(problem('invalid_transition', { from: 'monitor', to: 'closed', allowed: 'warn, notify' })),
    ).toEqual({
      sentence: '不能从“监测”到“结案”',
      remedy: '可以去往：预警, 通报',
    });
  });
  it('takes the server’s words for a code it does not know', () =>
    expect(problemText(problem('of_the_future'))).toEqual({
      sentence: 'sentence of the server',
      remedy: 'remedy of the server',
    }));
  it('takes the server’s words where data is missing', () =>
    expect(problemText(problem('not_found')).sentence).toBe('sentence of the server'));
});
