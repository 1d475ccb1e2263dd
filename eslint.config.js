// Style rules. Which room may import which is checked by .dependency-cruiser.mjs.
import tseslint from 'typescript-eslint'

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
    files: ['src/**/*.ts'],
    extends: [tseslint.configs.recommendedTypeCheckedOnly],
    rules: {
      // `async` without `await` turns what is thrown into a rejected promise, which is what callers expect.
      '@typescript-eslint/require-await': 'off',
      // tfjs's `reshape` is typed by rank names; `as Tensor2D` says the same in the words of the rest.
      '@typescript-eslint/no-unnecessary-type-assertion': [
        'error',
        { typesToIgnore: ['Scalar', 'Tensor1D', 'Tensor2D', 'Tensor3D', 'Tensor4D'] },
      ],
      // Objects here are closures; only the few classes use `this`.
      '@typescript-eslint/unbound-method': 'off',
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
  {
    files: ['src/**'],
    ignores: ['src/ops/tfjs-internals.ts', 'src/ops/fused.ts'], // fused.ts calls its kernels as every op of TensorFlow.js does
    rules: {
      'no-restricted-imports': [
        'error',
        {
          paths: [
            {
              name: '@tensorflow/tfjs-core',
              importNames: ['engine', 'DataStorage'],
              message: 'What depends on the internals of TensorFlow.js belongs in src/ops/tfjs-internals.ts.',
            },
          ],
        },
      ],
    },
  },
  { files: ['**/*.cjs'], rules: { '@typescript-eslint/no-require-imports': 'off' } },
)
