// Assembles the package's WebAssembly text files, and writes the bytes of each to a module next to it, which every bundler can load.
import { readFileSync, writeFileSync } from 'node:fs'
import wabt from 'wabt'

const files = [
  ['src/compile/host', 'optimizer'],
  ['src/search/vectors/kernel', 'dot-products'],
]
const { parseWat } = await wabt()
for (const [folder, name] of files) {
  const { buffer } = parseWat(`${name}.wat`, readFileSync(`${folder}/${name}.wat`, 'utf8')).toBinary({})
  const base64 = Buffer.from(buffer).toString('base64')
  const exported = `${name.replace(/-(\w)/g, (_, letter) => letter.toUpperCase())}Binary`
  writeFileSync(
    `${folder}/${name}-binary.ts`,
    `/** The bytes of \`${name}.wat\` in base64, written by \`node scripts/assemble.mjs\`. */
// prettier-ignore
export const ${exported} =
  '${base64}'
`,
  )
}
