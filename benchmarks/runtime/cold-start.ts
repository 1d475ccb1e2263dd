/** From a new process to the first embedding of a photograph: seconds and peak memory, compared with transformers.js. */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { median } from '../python'
import { difference } from './agreement'
import { withModelFiles } from './model-files'
import { inTurn, nodeSide, type Side } from './sides'

/** The argument of a side. */
export interface ColdStart {
  readonly side: 'dreamlip' | 'transformers'
  /** A safetensors file, or transformers.js's folder. */
  readonly model: string
  readonly dtype: 'float32' | 'int8'
  readonly photo: string
}

interface Started {
  /** Includes modules, weights and the photograph, but not Node's own start. */
  readonly seconds: number
  readonly peakMB: number
  readonly embedding: readonly number[]
}

const rounds = 5
const photo = fileURLToPath(new URL('../../examples/photos/coffee.png', import.meta.url))

/**
 * Each side reads a file of the type in which it computes. Both read only the image tower. The file cache is warm, so the work is
 * compared, not the disk.
 */
export async function coldStartBenchmark(): Promise<void> {
  buildPackage()
  await withModelFiles(async ({ safetensors, int8, transformers, hasInt8 }) => {
    for (const dtype of hasInt8 ? (['float32', 'int8'] as const) : (['float32'] as const)) {
      const side = (args: Pick<ColdStart, 'side' | 'model'>): Side<Started> =>
        nodeSide('cold-start-side.mjs', { ...args, dtype, photo })
      const results = await inTurn(
        {
          'transformers.js': side({ side: 'transformers', model: transformers }),
          dreamlip: side({ side: 'dreamlip', model: dtype === 'int8' ? int8 : safetensors }),
        },
        rounds,
      )
      console.log(`cold start to the first embedding, ViT-B/16, ${dtype}, median of ${rounds} rounds`)
      for (const [name, started] of Object.entries(results)) {
        const seconds = median(started.map((each) => each.seconds))
        const peak = median(started.map(({ peakMB }) => peakMB))
        console.log(`  ${name.padEnd(22)}  ${seconds.toFixed(2)} s  peak ${peak.toFixed(0)} MB`)
      }
      const [theirs, ours] = [results['transformers.js'], results.dreamlip]
      const faster = median(theirs.map(({ seconds }, i) => seconds / ours[i]!.seconds))
      const leaner = median(theirs.map(({ peakMB }, i) => peakMB / ours[i]!.peakMB))
      console.log(
        `  ratio                   ${faster.toFixed(2)} in time, ${leaner.toFixed(2)} in memory ` +
          difference(ours[0]!.embedding, theirs[0]!.embedding),
      )
    }
  })
}

/** A user's process runs the built package, not its sources. */
export function buildPackage(): void {
  const root = fileURLToPath(new URL('../..', import.meta.url))
  const { status } = spawnSync('npm', ['run', '--silent', 'build', '--', '--silent'], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
    shell: process.platform === 'win32',
  })
  if (status !== 0) throw new Error('The package could not be built (see above).')
}
