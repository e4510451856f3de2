/** Lint rules: correctness only (types, promises); layout belongs to Prettier, imports to the architecture test. */
import js from '@eslint/js';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';

export default ts.config(
  {
    ignores: [
      'dist/',
      'var/',
      '**/node_modules/',
      '**/generated/',
      '**/*.generated.ts',
      'console/build/',
      'console/.svelte-kit/',
      'console/src/lib/paraglide/',
      'console/project.inlang/',
    ],
  },
  js.configs.recommended,
  ...ts.configs.recommended,
  ...svelte.configs.recommended,
  {
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    languageOptions: { globals: { ...globals.node } },
    rules: {
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-eval': 'error',
      'no-implied-eval': 'error',
      'no-new-func': 'error',
      'prefer-const': 'error',
      // Log text is hostile and often holds control characters on purpose.
      'no-control-regex': 'off',
    },
  },
  {
    files: ['**/*.ts', '**/*.svelte', '**/*.svelte.ts'],
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      // A schema and its type share one name.
      '@typescript-eslint/no-redeclare': 'off',
    },
  },
  {
    files: [
      '{kernel,collector,detections,incidents,playbooks,trust,store,server,cli,test,bench}/**/*.ts',
      'vitest.config.ts',
    ],
    languageOptions: {
      parserOptions: { project: './tsconfig.json', tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { arguments: false } }],
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/only-throw-error': 'error',
      '@typescript-eslint/return-await': ['error', 'error-handling-correctness-only'],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
    },
  },
  {
    files: ['console/**'],
    languageOptions: { globals: { ...globals.browser, ...globals.sharedWorker } },
  },
  {
    files: ['console/**'],
    rules: {
      // The console stands at the root of its own address: there is no base path to resolve.
      'svelte/no-navigation-without-resolve': 'off',
      // State holds values that are replaced, never built-ins that are changed; local ones need no proxy.
      'svelte/prefer-svelte-reactivity': 'off',
      // Svelte trims white space at the edges of a block: `{' · '}` keeps it.
      'svelte/no-useless-mustaches': 'off',
    },
  },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: ts.parser, extraFileExtensions: ['.svelte'] } },
    rules: {
      // TypeScript judges undefined names better than a list of globals.
      'no-undef': 'off',
      'prefer-const': 'off',
    },
  },
  { files: ['**/*.ts'], rules: { 'no-undef': 'off' } },
);
