/** Build steps beyond tsup: what Node imports, types without TensorFlow.js, access to TensorFlow.js and the vocabulary, the standalone build. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, extname, join } from 'node:path'
import { exports } from '../package.json'
import { buildStandalone } from './standalone-build'

/** Reads the browser build's file, which Node cannot `require`. In a bundle, that file does not exist, but is included. */
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

/**
 * Before Node imports CommonJS, it parses all of it for the names that it exports. For TensorFlow.js, that takes longer than running it.
 * So Node's ES modules `require` it, through these modules. Bundlers and other hosts import the packages directly, as specified
 * under `imports` in package.json.
 */
const requiredPackages = ['@tensorflow/tfjs-core', '@tensorflow/tfjs-backend-cpu']

await buildStandalone()
requiredPackages.forEach(requireInNode)
writeFileSync('dist/vocabulary.cjs', vocabulary)
mkdirSync('dist/node')
for (const entry of Object.values(exports)) if (typeof entry === 'object') passOnCommonJS(entry.node)
for (const folder of ['dist', 'dist/browser']) {
  const files = readdirSync(folder).filter((file) => /\.d\.c?ts$/.test(file))
  for (const file of files) ownTypes(join(folder, file))
  for (const kind of new Set(files.map(extname))) writeFileSync(join(folder, `tensors.d${kind}`), declarations)
}

function requireInNode(name: string): void {
  const short = name.split('/')[1]!
  const taken = new Set<string>()
  for (const file of readdirSync('dist').filter((file) => file.endsWith('.js'))) {
    const path = join('dist', file)
    const code = readFileSync(path, 'utf8')
    const imports = [...code.matchAll(new RegExp(`import\\{([^}]*)\\}from"${name}"`, 'g'))]
    if (imports.length < code.split(`from"${name}"`).length - 1) {
      throw new Error(`${file} imports ${name} in an unknown way`)
    }
    imports.forEach(([, names]) => names!.split(',').forEach((each) => taken.add(each.split(' as ')[0]!)))
    const own = code
      .replaceAll(`from"${name}"`, `from"#${short}"`)
      .replaceAll(`import("${name}")`, `import("#${short}")`)
    if (own !== code) writeFileSync(path, own)
  }
  writeFileSync(`dist/${short}.js`, requiring(name, [...taken].join()))
}

/**
 * Where Node imports an entry, it gets a module that passes on the CommonJS build. That loads 50 ms (Node 20) to 150 ms (Node 24) sooner
 * than the ES modules, which are many files, and a program that both imports and requires the package has each class once. Bundlers, Bun
 * and Deno get the ES modules.
 */
function passOnCommonJS({ import: modules, require: { default: commonJS } }: (typeof exports)['.']['node']): void {
  const names = /export\{([^}]*)\};?\s*$/.exec(readFileSync(modules.module, 'utf8'))?.[1] ?? ''
  writeFileSync(modules.default, requiring(`../${basename(commonJS)}`, names))
}

/** An ES module that exports these names of a CommonJS module. */
function requiring(module: string, names: string): string {
  const load = `import{createRequire}from"node:module";const all=createRequire(import.meta.url)("${module}");`
  return `${load}export const{${names}}=all;\n`
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
