// The house rule of the architecture (docs/architecture.md): imports point downward, and neither files nor folders form circles.

/** What each room of `src/` may import in addition to itself and the files directly in `src/`. `cli`, `entries` and `index` may import anything. */
const ground = ['bytes', 'concurrency', 'ops', 'quantization', 'tokenizer']
const model = [...ground, 'images', 'checkpoint', 'models', 'compile', 'runtime', 'data', 'drawing']
const rooms = {
  bytes: [],
  concurrency: [],
  ops: [],
  quantization: [],
  tokenizer: [],
  images: ['bytes', 'concurrency'],
  checkpoint: ['bytes', 'concurrency', 'quantization'],
  models: ['ops', 'checkpoint'],
  losses: ['ops'],
  compile: ['ops', 'quantization'],
  runtime: ['ops', 'compile', 'quantization'],
  data: ['bytes', 'concurrency', 'images', 'tokenizer'],
  drawing: ['images'],
  machine: ['bytes', 'images', 'runtime'],
  inference: model,
  bulk: [...model, 'inference', 'dreamlip'],
  evaluation: [...model, 'inference', 'dreamlip'],
  search: [...model, 'inference', 'dreamlip', 'bulk'],
  training: [...model, 'losses', 'inference', 'dreamlip'],
}

const floors = Object.entries(rooms).map(([room, below]) => ({
  name: `${room}-imports-downward`,
  comment: `src/${room} may import only ${['itself', ...below].join(', ')} and the files of src/ that any room may use.`,
  severity: 'error',
  from: { path: `^src/${room}/` },
  to: {
    path: '^src/([^/]+/|(dreamlip|index)[.])',
    pathNot: `^src/(${[room, ...below].join('|')})[/.]`,
  },
}))

export default {
  forbidden: [
    {
      name: 'no-circle-of-files',
      comment: 'Types that two files share live in a file below both.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-circle-of-folders',
      comment: 'What two folders share lives in a folder below both.',
      severity: 'error',
      scope: 'folder',
      from: { path: '^src/' },
      to: { circular: true },
    },
    ...floors,
    {
      name: 'cli-calls-the-public-api',
      comment: 'Verbs do what any program can do with the package; only files and messages are their own.',
      severity: 'error',
      from: { path: '^src/cli/' },
      to: {
        path: '^src/',
        pathNot: '^src/(cli|bytes)/|^src/(index([.]node)?|errors|printable|bar|plural|known-keys)[.]ts$',
      },
    },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true, // imports of types count
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(node_modules|dist)/' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['node', 'import', 'require', 'default'] },
  },
}
