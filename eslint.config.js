// Style rules, and the house rule of the architecture: no import runs upward (docs/architecture.md).
import tseslint from 'typescript-eslint'

/** From the ground up: a folder or file of `src/` may import only those it lists (and itself, and the files of
 * `src/` that stand on no floor: `errors`, `crc32`). */
const mayImport = {
  // Ground floor: each stands alone.
  bytes: [],
  concurrency: [],
  ops: [],
  tokenizer: [],
  // First floor: files of pictures and weights.
  images: ['bytes', 'concurrency'],
  checkpoint: ['bytes', 'concurrency'],
  // The model as mathematics, and where it runs.
  models: ['ops'],
  losses: ['ops'],
  runtime: ['ops'],
  // Second floor: captions and images on their way to a model; a model at work on them.
  data: ['bytes', 'concurrency', 'images', 'tokenizer'],
  inference: ['bytes', 'concurrency', 'ops', 'tokenizer', 'images', 'checkpoint', 'models', 'runtime', 'data'],
  dreamlip: [
    'bytes',
    'concurrency',
    'ops',
    'tokenizer',
    'images',
    'checkpoint',
    'models',
    'runtime',
    'data',
    'inference',
  ],
  // Third floor: what is done with whole data sets. Above it only `cli` and `index`, which may import anything.
  evaluation: [
    'bytes',
    'concurrency',
    'ops',
    'tokenizer',
    'images',
    'checkpoint',
    'models',
    'runtime',
    'data',
    'inference',
    'dreamlip',
  ],
  training: [
    'bytes',
    'concurrency',
    'ops',
    'tokenizer',
    'images',
    'checkpoint',
    'models',
    'losses',
    'runtime',
    'data',
    'inference',
    'dreamlip',
  ],
}
const everything = [...Object.keys(mayImport), 'cli', 'index']

const layerRules = Object.entries(mayImport).map(([name, allowed]) => {
  const forbidden = everything.filter((other) => other !== name && !allowed.includes(other))
  // `src/dreamlip.ts` is a file, whose neighbours are `./models`; from within a folder they are `../models`.
  const neighbours = name === 'dreamlip' ? '\\./' : '(\\.\\./)+'
  return {
    files: name === 'dreamlip' ? ['src/dreamlip.ts'] : [`src/${name}/**/*.ts`],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex: `^(${neighbours}|#)(${forbidden.join('|')})(/|$)`,
              message: `src/${name} may import only: ${['errors', ...allowed].join(', ')}.`,
            },
          ],
        },
      ],
    },
  }
})

export default tseslint.config(
  { ignores: ['dist/', 'docs/api/', '**/node_modules/', 'test/fixtures/', 'demo-report/', '.cache/'] },
  ...tseslint.configs.recommended,
  {
    files: ['**/*.ts'],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      // `typeof import('sharp')` is how the type of a package that may be absent is named.
      '@typescript-eslint/consistent-type-imports': ['error', { disallowTypeAnnotations: false }],
      // A leading underscore, or taking a property out of an object to leave it behind, says that a name goes unused.
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', ignoreRestSiblings: true }],
      '@typescript-eslint/no-explicit-any': 'error',
      eqeqeq: 'error',
      'prefer-const': 'error',
      'no-console': 'error',
    },
  },
  { files: ['src/cli/**', 'benchmarks/**', 'examples/**', 'scripts/**', 'test/**'], rules: { 'no-console': 'off' } },
  { files: ['**/*.cjs'], rules: { '@typescript-eslint/no-require-imports': 'off' } },
  ...layerRules,
)
