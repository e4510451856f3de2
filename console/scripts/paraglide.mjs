/** The options of the message compiler, in one place for Vite and for the type check. */

/** @type {Omit<import('@inlang/paraglide-js').CompilerOptions, 'fs'>} */
export const messageOptions = {
  project: './project.inlang',
  outdir: './src/lib/paraglide',
  strategy: ['cookie', 'localStorage', 'preferredLanguage', 'baseLocale'],
  cookieName: 'fenghuo_lang',
  localStorageKey: 'fenghuo_lang',
  emitGitIgnore: false,
  emitPrettierIgnore: false,
  emitReadme: false,
};
