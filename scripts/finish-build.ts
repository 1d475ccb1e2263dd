/** What tsup cannot do: types without TensorFlow.js, the CommonJS build's way to the vocabulary, and the build without a bundler. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, extname, join } from 'node:path'
import { buildStandalone } from './standalone-build'

/** Reads the browser build's file, which Node cannot `require`. In a bundle there is no such file, but a bundler has put it in. */
const vocabulary = `"use strict";
const { existsSync, readFileSync } = require("node:fs");
const file = require("node:path").join(__dirname, "browser/vocabulary.js");
module.exports = existsSync(file)
  ? { packedMerges: /"([^"]+)"/.exec(readFileSync(file, "utf8"))[1] }
  : require("./browser/vocabulary.js");
`

/** The names of TensorFlow.js in the package's types. */
const names = ['Scalar', 'Tensor', 'Tensor1D', 'Tensor2D', 'Tensor3D', 'Tensor4D']

/**
 * TensorFlow.js's own types need the DOM and an old @webgpu/types, which contradicts that of TypeScript 7, so that programs with
 * `skipLibCheck: false` would not compile. Instead, its tensors are `any`, which fits them in both directions.
 */
const declarations = `/** Tensors of TensorFlow.js. They are \`any\`, so that programs need its types only if they use it. */
${names.map((name) => `export type ${name} = any;\n`).join('')}`

await buildStandalone()
writeFileSync('dist/vocabulary.cjs', vocabulary)
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
