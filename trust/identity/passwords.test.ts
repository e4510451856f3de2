import { describe, expect, it } from 'vitest';
import { hashPassword, isPassword, passwordProblem } from './passwords.js';

const CASES: readonly [string, string, boolean][] = [
  ['short', 'elevenchars', false],
  ['twelve characters', 'twelve-chars', true],
  ['Chinese, twelve characters', '烽火连三月家书抵万金白头', true],
  ['contains the name', 'my-LinWei-house', false],
  ['one character', 'aaaaaaaaaaaaaaaa', false],
  ['two characters', 'abababababababab', false],
  ['a known word and digits', 'Password123456', false],
  ['a row of keys', 'qwertyuiop123456', false],
  ['a row backwards', 'poiuytrewq654321', false],
  ['the alphabet', 'abcdefghijklmnop', false],
  ['a known word among others', 'welcome to the harbour', true],
  ['too long', 'ab cd ef gh '.repeat(30), false],
];

describe('password policy', () => {
  for (const [name, password, fine] of CASES)
    it(`${name}: ${fine ? 'fine' : 'weak'}`, () => {
      expect(passwordProblem(password, 'linwei')?.code).toBe(fine ? undefined : 'password_weak');
    });
  it('passes over names too short to matter', () => {
    expect(passwordProblem('harbour lantern', 'ar')).toBeUndefined();
  });
});

describe('argon2id', () => {
  it('knows the password, in any Unicode form, and nothing else', async () => {
    const hash = await hashPassword('Caf\u00e9 am Hafen');
    expect(await isPassword('Cafe\u0301 am Hafen', hash)).toBe(true);
    expect(await isPassword('Cafe am Hafen', hash)).toBe(false);
    expect(await isPassword('no account has this password', undefined)).toBe(false);
    expect(await isPassword('x', 'not a hash')).toBe(false);
  });
});
