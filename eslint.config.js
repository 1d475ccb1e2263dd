// Style rules, and the house rule of the architecture: no import runs upward (docs/architecture.md).
import tseslint from 'typescript-eslint'

/** The rooms of the ground floor; each stands alone. */
const ground = ['bytes', 'concurrency', 'ops', 'tokenizer']
/** Files of pictures and weights, the model as mathematics, and where it runs. */
const first = [...ground, 'images', 'checkpoint', 'models', 'runtime']
/** Captions and images on their way to a model, and a model at work on them. */
const second = [...first, 'data', 'drawing', 'inference', 'dreamlip']

/** A folder or file of `src/` may import only those it lists (and itself, and the files of `src/` that stand on no floor:
 * `errors`, `check-arguments`, `printable`, `warn`, `installed`, `crc32`). `cli` and `index` may import anything. */
const mayImport = {
  ...Object.fromEntries(ground.map((room) => [room, []])),
  images: ['bytes', 'concurrency'],
  checkpoint: ['bytes', 'concurrency'],
  models: ['ops'],
  losses: ['ops'],
  runtime: ['ops'],
  data: ['bytes', 'concurrency', 'images', 'tokenizer'],
  drawing: ['images'],
  inference: [...first, 'data', 'drawing'],
  dreamlip: [...first, 'data', 'drawing', 'inference'],
  evaluation: second,
  training: [...second, 'losses'],
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
  {
    files: ['src/cli/**', 'benchmarks/**', 'examples/**', 'emoji-scenes/**', 'scripts/**', 'test/**'],
    rules: { 'no-console': 'off' },
  },
  {
    // They show what a user of the package can do.
    files: ['examples/**', 'emoji-scenes/**'],
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: [{ regex: '(^|/)(src|dist)(/|$)', message: "Import from 'dreamlip', as a user would." }] },
      ],
    },
  },
  { files: ['**/*.cjs'], rules: { '@typescript-eslint/no-require-imports': 'off' } },
  ...layerRules,
)
