/** The packages that esbuild imports at once for each public name of the built package, from the name's own entry. */
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { build, type Metafile } from 'esbuild'

const folder = resolve('dist/browser')

/** All public names, with the packages that an application imports with each. A name of several entries is taken from the first. */
export async function packagesByName(): Promise<Readonly<Record<string, readonly string[]>>> {
  const entries = readFileSync(`${folder}/index.js`, 'utf8').matchAll(/"\.\/(\w+\.js)"/g)
  const packages: Record<string, readonly string[]> = {}
  for (const [, file] of entries) {
    for (const name of namesOf(file!)) packages[name] ??= await packagesWith(name, file!)
  }
  return packages
}

function namesOf(file: string): string[] {
  const list = /export ?\{([^}]*)\}/.exec(readFileSync(`${folder}/${file}`, 'utf8'))![1]!
  return list.split(',').map((name) => name.split(' as ').at(-1)!.trim())
}

/** Each name is bundled alone: in a shared build, esbuild lets each name reach the imports of the others. */
async function packagesWith(name: string, file: string): Promise<string[]> {
  const { metafile } = await build({
    stdin: { contents: `export { ${name} } from './${file}'`, resolveDir: folder },
    bundle: true,
    splitting: true,
    format: 'esm',
    outdir: 'out',
    write: false,
    metafile: true,
    logLevel: 'error',
    external: ['@tensorflow/*', 'onnxruntime-web/*'],
  })
  return packagesOf(metafile)
}

/** The packages that the first file of a bundle imports, directly or through other files. */
function packagesOf({ outputs }: Metafile): string[] {
  const entry = Object.keys(outputs).find((file) => outputs[file]!.entryPoint === '<stdin>')!
  const reached = new Set([entry])
  for (const file of reached) {
    outputs[file]?.imports.filter(({ kind }) => kind === 'import-statement').forEach(({ path }) => reached.add(path))
  }
  return [...reached].filter((file) => !(file in outputs))
}
