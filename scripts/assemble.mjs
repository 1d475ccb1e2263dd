// Assembles src/compile/host/optimizer.wat and writes its bytes to a module next to it, which every bundler can load.
import { readFileSync, writeFileSync } from 'node:fs'
import wabt from 'wabt'

const folder = 'src/compile/host'
const { parseWat } = await wabt()
const { buffer } = parseWat('optimizer.wat', readFileSync(`${folder}/optimizer.wat`, 'utf8')).toBinary({})
const base64 = Buffer.from(buffer).toString('base64')
writeFileSync(
  `${folder}/optimizer-binary.ts`,
  `/** The bytes of \`optimizer.wat\` in base64, written by \`node scripts/assemble.mjs\`. */
// prettier-ignore
export const optimizerBinary =
  '${base64}'
`,
)
