/** The packages that each public name of the built package makes esbuild import at once. */
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { build, type Metafile, type PluginBuild } from 'esbuild'

const folder = 'dist/browser'

/** All public names, with the packages that an application imports with each from `dreamlip`. */
export async function packagesByName(): Promise<Readonly<Record<string, readonly string[]>>> {
  const names = publicNames()
  const { metafile } = await build({
    entryPoints: names.map((name) => ({ in: `name:${name}`, out: name })),
    bundle: true,
    splitting: true,
    format: 'esm',
    outdir: 'out',
    write: false,
    metafile: true,
    logLevel: 'error',
    external: ['@tensorflow/*', 'onnxruntime-web/*'],
    plugins: [{ name: 'single-names', setup: importName }],
  })
  return Object.fromEntries(names.map((name) => [name, packagesOf(metafile, `out/${name}.js`)]))
}

function publicNames(): string[] {
  const entries = readFileSync(`${folder}/index.js`, 'utf8').matchAll(/"\.\/(\w+\.js)"/g)
  const lists = [...entries].map(
    ([, file]) => /export ?\{([^}]*)\}/.exec(readFileSync(`${folder}/${file}`, 'utf8'))![1]!,
  )
  return [...new Set(lists.flatMap((list) => list.split(',').map((name) => name.split(' as ').at(-1)!.trim())))]
}

/** One module for each name, which imports nothing else. */
function importName({ onResolve, onLoad }: PluginBuild): void {
  onResolve({ filter: /^name:/ }, ({ path }) => ({ path: path.slice('name:'.length), namespace: 'name' }))
  onLoad({ filter: /.*/, namespace: 'name' }, ({ path }) => ({
    contents: `export { ${path} } from ${JSON.stringify(resolve(folder, 'index.js'))}`,
    resolveDir: resolve(folder),
  }))
}

function packagesOf({ outputs }: Metafile, entry: string): string[] {
  const reached = new Set([entry])
  for (const file of reached) {
    outputs[file]?.imports.filter(({ kind }) => kind === 'import-statement').forEach(({ path }) => reached.add(path))
  }
  return [...reached].filter((file) => !(file in outputs))
}
