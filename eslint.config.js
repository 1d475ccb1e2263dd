// Style rules, and the house rule of the architecture: no import runs upward (docs/architecture.md).
import tseslint from 'typescript-eslint'

/** From the ground up: a folder or file of `src/` may import only those it lists (and `errors`, itself). */
const mayImport = {
  ops: [],
  tokenizer: [],
  images: [],
  checkpoint: [],
  models: ['ops'],
  losses: ['ops'],
  runtime: ['ops'],
  evaluation: ['dreamlip', 'models', 'ops', 'runtime', 'images', 'tokenizer', 'checkpoint'],
}
const everything = [...Object.keys(mayImport), 'dreamlip', 'cli', 'index']

const layerRules = Object.entries(mayImport).map(([folder, allowed]) => {
  const forbidden = everything.filter((name) => name !== folder && !allowed.includes(name))
  return {
    files: [`src/${folder}/**/*.ts`],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex: `^(\\.\\./|#)(${forbidden.join('|')})(/|$)`,
              message: `src/${folder} may import only: ${['errors', ...allowed].join(', ')}.`,
            },
          ],
        },
      ],
    },
  }
})

export default tseslint.config(
  { ignores: ['dist/', 'docs/api/', '**/node_modules/', 'test/fixtures/', 'demo-report/'] },
  ...tseslint.configs.recommended,
  {
    files: ['**/*.ts'],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      eqeqeq: 'error',
      'prefer-const': 'error',
      'no-console': 'error',
    },
  },
  { files: ['src/cli/**', 'benchmarks/**', 'examples/**', 'scripts/**', 'test/**'], rules: { 'no-console': 'off' } },
  ...layerRules,
)
