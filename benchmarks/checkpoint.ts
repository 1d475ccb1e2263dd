/** Time to read a model's weights from a training checkpoint of 1.8 GB, compared with torch.load. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createModel, readCheckpoint, savePyTorch, type CheckpointState, type HostTensor } from '../src/index.node.ts'
import { median, pythonHas, runPeer } from './python'

const rounds = 3

/** A ViT-B/16 in the trainers' layout, with AdamW's two moments per parameter: 149,620,737 parameters, 1.8 GB. */
async function makeCheckpoint(path: string): Promise<void> {
  const { parameters } = createModel('ViT-B-16', { seed: 1 })
  const tensors = [...parameters].map(
    ([name, { data, shape }]) => [`module.${name}`, { data, shape, dtype: 'float32' }] as [string, HostTensor],
  )
  const moments = tensors.map(
    ([, tensor], i) => [i, { exp_avg: { ...tensor }, exp_avg_sq: { ...tensor } }] as [number, CheckpointState],
  )
  await savePyTorch(path, {
    epoch: 1,
    name: 'benchmark',
    state_dict: new Map(tensors),
    optimizer: { state: new Map(moments), param_groups: [] },
  })
}

/** Reads all tensors into memory, with a warm file cache, both sides in turn. DREAMLIP_BENCH_CHECKPOINT names another file. */
export async function checkpointBenchmark(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'dreamlip-'))
  try {
    const given = process.env.DREAMLIP_BENCH_CHECKPOINT
    const path = given && existsSync(given) ? given : join(folder, 'training.pt')
    if (path !== given) await makeCheckpoint(path)
    const { bytes, bytesRead } = await load(path)
    console.log(`checkpoint: ViT-B/16 with optimizer state, median of ${rounds} rounds`)
    console.log(
      `  bytes read          ${(bytesRead / bytes).toFixed(4)} of the weights' ${(bytes / 1e6).toFixed(0)} MB`,
    )
    const peer = await pythonHas(['torch'])
    const ours: number[] = []
    const theirs: { seconds: number; mapped: number }[] = []
    for (let round = 0; round < rounds; round++) {
      ours.push((await load(path)).seconds)
      if (peer) theirs.push(await runPeer('checkpoint', [path]))
    }
    console.log(`  dreamlip            ${median(ours).toFixed(2)} s`)
    if (!peer) return
    const whole = theirs.map(({ seconds }) => seconds)
    const mapped = theirs.map((result) => result.mapped)
    console.log(`  torch.load          ${median(whole).toFixed(2)} s`)
    console.log(`  torch.load, mmap    ${median(mapped).toFixed(2)} s (weights copied out of the map)`)
    console.log(`  ratio               ${median(whole.map((value, i) => value / ours[i]!)).toFixed(2)}`)
    console.log(`  ratio to mmap       ${median(mapped.map((value, i) => value / ours[i]!)).toFixed(2)}`)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

async function load(path: string): Promise<{ seconds: number; bytes: number; bytesRead: number }> {
  const start = performance.now()
  const checkpoint = await readCheckpoint(path)
  let bytes = 0
  const weights = []
  for (const tensor of checkpoint.tensors.values()) {
    weights.push(await tensor.read())
    bytes += weights.at(-1)!.byteLength
  }
  const { bytesRead } = checkpoint
  await checkpoint.close()
  return { seconds: (performance.now() - start) / 1000, bytes, bytesRead }
}
