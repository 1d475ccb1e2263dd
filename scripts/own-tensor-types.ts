/**
 * Takes TensorFlow.js's types out of the built package's. They need the DOM and an old @webgpu/types, which contradicts that of
 * TypeScript 7, so that programs with `skipLibCheck: false` would not compile. Its tensors become `any`, which fits them in both directions.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, extname, join } from 'node:path'

const names = ['Scalar', 'Tensor', 'Tensor1D', 'Tensor2D', 'Tensor3D', 'Tensor4D']

const declarations = `/** Tensors of TensorFlow.js. They are \`any\`, so that programs need its types only if they use it. */
${names.map((name) => `export type ${name} = any;\n`).join('')}`

for (const folder of ['dist', 'dist/browser']) {
  const files = readdirSync(folder).filter((file) => /\.d\.c?ts$/.test(file))
  for (const file of files) ownTypes(join(folder, file))
  for (const kind of new Set(files.map(extname))) writeFileSync(join(folder, `tensors.d${kind}`), declarations)
}

function ownTypes(path: string): void {
  const text = readFileSync(path, 'utf8')
  const module = path.endsWith('.cts') ? './tensors.cjs' : './tensors.js'
  const own = text
    .replace(/^import '@tensorflow\/tfjs-core';\n/gm, '')
    .replace(/^(import \{[^}]*\} from) '@tensorflow\/tfjs-core';$/gm, (_, names: string) => `${names} '${module}';`)
  if (/from '@tensorflow/.test(own)) throw new Error(`${basename(path)} names types of TensorFlow.js in an unknown way`)
  if (own !== text) writeFileSync(path, own)
}
