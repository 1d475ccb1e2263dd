/** The table of tfjs's kernels, made from the recorder's rules, tfjs's gradients and the sources of tfjs's ops. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import { constantKernels, unsupportedKernels } from '../src/compile/kernels/unsupported'
import { plainRules } from '../src/compile/kernels/plain'

const core = 'node_modules/@tensorflow/tfjs-core/dist'

/** The names of all kernels that tfjs-core declares. */
export function kernelNames(): string[] {
  const names = readFileSync(join(core, 'kernel_names.js'), 'utf8').matchAll(/export const (\w+) =/g)
  return [...names].map(([, name]) => name!).sort()
}

/** The kernels that tfjs can differentiate. */
function differentiable(): ReadonlySet<string> {
  const files = readdirSync(join(core, 'gradients')).filter((file) => file.endsWith('_grad.js'))
  const sources = files.map((file) => readFileSync(join(core, 'gradients', file), 'utf8'))
  return new Set(sources.map((source) => /kernelName: (\w+)/.exec(source)![1]!))
}

/** The kernel of each public op (`tf.add`), read from tfjs's sources. */
function opsByKernel(): Map<string, string[]> {
  const found = new Map<string, string[]>()
  for (const file of readdirSync(join(core, 'ops'), { recursive: true, encoding: 'utf8' }).sort()) {
    if (!file.endsWith('.js') || file.endsWith('_test.js')) continue
    const source = readFileSync(join(core, 'ops', file), 'utf8')
    const names = [...source.matchAll(/export const (\w+) = .*op\(/g)].map(([, name]) => name!)
    const name = names.find((name) => name in tf || name in tf.image || name in tf.fused)
    if (!name) continue
    const group = file.startsWith('fused') ? 'fused.' : name in tf ? '' : 'image.'
    const kernels = [...source.matchAll(/runKernel\((?:'(\w+)'|(\w+))/g)].map(([, text, constant]) => text ?? constant!)
    for (const kernel of new Set(kernels)) found.set(kernel, [...(found.get(kernel) ?? []), `\`tf.${group}${name}\``])
  }
  return found
}

/** The page, as Markdown. */
export function compiledOpsTable(): string {
  const ops = opsByKernel()
  const gradients = differentiable()
  const rows = kernelNames().map((kernel) => {
    const state =
      kernel in plainRules ? 'yes' : isConstant(kernel) ? 'as a constant' : `no: ${unsupportedKernels[kernel]}`
    const gradient = kernel in plainRules && gradients.has(kernel) ? 'yes' : ''
    return `| ${kernel} | ${ops.get(kernel)?.join(', ') ?? ''} | ${state} | ${gradient} |`
  })
  return `${head}\n${rows.join('\n')}\n`
}

function isConstant(kernel: string): boolean {
  return (constantKernels as readonly string[]).includes(kernel)
}

const head = `# Which ops can be compiled

This table lists every kernel of TensorFlow.js (${tf.version_core}), the ops that use it, and whether a function passed to
[\`compile\`](compile.md) may use it. Ops that are not listed are built from others. "Gradient" says whether tfjs can
differentiate the kernel. If tfjs computes a gradient with other ops, these are compiled like any others. A kernel whose inputs
are all constants is computed while recording, even if the table says "no".

\`npx tsx scripts/compiled-ops.ts\` writes the table from the rules in \`src/compile/kernels\`. A test fails if the table
is out of date, and each rule is tested against tfjs's CPU backend.

In these cases the results differ from tfjs's CPU backend. The backends of tfjs do not agree on them either:

- \`max\` and \`min\` over an axis may ignore NaN if there are other values next to it.
- Bools are 0 or 1. The sum of two bools that are true is true, but tfjs's CPU backend stores a bool of 2.
- NaN and floats outside the range of int32 become 0 when they are cast to int32.
- \`atan2\` treats \`-0\` as 0.

| kernel | op | compiled | gradient |
| --- | --- | --- | --- |`
