/**
 * Files of a model in each type: their sizes, the time to the first embedding in a new process, the speed, and the closeness of its
 * embeddings to float32. transformers.js's files of the same weights run in the same rounds.
 */
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { DreamLIP, type FileDtype } from '../src/index.node.ts'
import { median } from './python'
import { buildPackage } from './runtime/cold-start'
import { withModelFiles } from './runtime/model-files'
import { inTurn, nodeSide, type Side } from './runtime/sides'

/** The argument of a side. */
export interface FileSide {
  readonly side: 'dreamlip' | 'transformers'
  /** A safetensors file, or transformers.js's folder. */
  readonly model: string
  /** The name in this side's library. */
  readonly dtype: string
  readonly photo: string
  /** How many more times to embed the photograph. */
  readonly repeats: number
}

export interface FileResult {
  /** From the first line of the program to the first embedding. */
  readonly firstSeconds: number
  /** Per additional photograph. */
  readonly seconds: number
  readonly embedding: readonly number[]
}

const rounds = 3
const photo = 'examples/photos/coffee.png'

export async function modelFilesBenchmark(): Promise<void> {
  buildPackage()
  await withModelFiles(async ({ safetensors, transformers, hasInt8 }) => {
    const folder = join(safetensors, '..')
    const files = await writeFiles(safetensors, folder, join(transformers, 'onnx', 'vision_model_q4.onnx'))
    const sides: Record<string, Side<FileResult>> = {}
    const sizes: Record<string, number> = {}
    const addSide = (name: string, size: number, args: Pick<FileSide, 'side' | 'model' | 'dtype'>) => {
      sides[name] = nodeSide('model-files-side.mjs', { ...args, photo, repeats: 5 })
      sizes[name] = size
    }
    for (const [dtype, path] of files) {
      addSide(`dreamlip ${dtype}`, statSync(path).size, { side: 'dreamlip', model: path, dtype })
    }
    const quantized = { ...(hasInt8 && { q8: 'vision_model_quantized.onnx' }), q4: 'vision_model_q4.onnx' }
    const theirs = { fp32: 'vision_model.onnx', ...quantized }
    for (const [dtype, file] of Object.entries(theirs)) {
      const size = statSync(join(transformers, 'onnx', file)).size
      addSide(`transformers.js ${dtype} (image tower)`, size, { side: 'transformers', model: transformers, dtype })
    }
    report(sizes, await inTurn(sides, rounds))
  })
}

/** The model in each type, and the image tower in 4 bits for transformers.js. */
async function writeFiles(safetensors: string, folder: string, q4: string): Promise<Map<FileDtype, string>> {
  const model = await DreamLIP.load(safetensors, { device: 'cpu' })
  const files = new Map<FileDtype, string>([['float32', safetensors]])
  for (const dtype of ['float16', 'int8', 'int4'] as const) {
    const path = join(folder, `vitb16-${dtype}.safetensors`)
    await model.save(path, { dtype })
    files.set(dtype, path)
  }
  await model.exportOnnx(q4, { part: 'image', dtype: 'int4' })
  model.dispose()
  return files
}

function report(sizes: Readonly<Record<string, number>>, results: Readonly<Record<string, FileResult[]>>): void {
  console.log(
    `files of ViT-B/16 with random weights, median of ${rounds} rounds; ratios to dreamlip float32 in the same round`,
  )
  const base = results['dreamlip float32']!
  for (const [name, each] of Object.entries(results)) {
    const of = (value: (result: FileResult) => number) => median(each.map(value))
    const ratio = (value: (result: FileResult) => number) =>
      median(each.map((result, round) => value(base[round]!) / value(result))).toFixed(2)
    const [first, next] = [({ firstSeconds }: FileResult) => firstSeconds, ({ seconds }: FileResult) => seconds]
    console.log(
      `  ${name.padEnd(36)} ${(sizes[name]! / 1e6).toFixed(0).padStart(4)} MB` +
        `  first ${of(first).toFixed(2)} s (${ratio(first)})  next ${of(next).toFixed(3)} s (${ratio(next)})` +
        `  cosine ${cosine(each[0]!.embedding, base[0]!.embedding).toFixed(5)}`,
    )
  }
}

function cosine(a: readonly number[], b: readonly number[]): number {
  const dot = (x: readonly number[], y: readonly number[]) => x.reduce((sum, value, i) => sum + value * y[i]!, 0)
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b))
}
