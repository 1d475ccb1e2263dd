/** Rewrites the checkpoint of a run with changed contents. */
import { openFile } from '../../src/bytes/read/file.node.ts'
import { toFloat32 } from '../../src/checkpoint/dtype'
import { PickleTensor } from '../../src/checkpoint/torch/pickle/values'
import { savePyTorch } from '../../src/checkpoint/torch/save-pytorch.node.ts'
import { readTorchFile } from '../../src/checkpoint/torch/torch-checkpoint'
import { torchTensor } from '../../src/checkpoint/torch/torch-tensor'
import type { CheckpointState } from '../../src/checkpoint/torch/torch-writer'

export type Node = Map<unknown, unknown>

export async function rewrite(path: string, change: (root: Node) => void): Promise<void> {
  const root = await readContents(path)
  change(root)
  await savePyTorch(path, root as unknown as CheckpointState)
}

/** The contents of a PyTorch file, its tensors with their values. */
export async function readContents(path: string): Promise<Node> {
  const source = await openFile(path)
  const { value, storages } = await readTorchFile(source)
  const copy = async (found: unknown): Promise<unknown> => {
    if (found instanceof PickleTensor) {
      const data = toFloat32(await torchTensor(path, '', found, storages).read())
      return { shape: found.shape, dtype: 'float32', data }
    }
    if (Array.isArray(found)) return Promise.all(found.map(copy))
    if (!(found instanceof Map)) return found
    return new Map(await Promise.all([...(found as Node)].map(async ([key, each]) => [key, await copy(each)] as const)))
  }
  const root = (await copy(value)) as Node
  await source.close()
  return root
}

export const child = (node: Node, ...path: unknown[]) => path.reduce<Node>((at, key) => at.get(key) as Node, node)
export const valuesOf = (node: Node, ...path: unknown[]) =>
  (child(node, ...path) as unknown as { data: Float32Array }).data
