/** Names that only Node has. */
import { downloadCheckpoint, savePyTorch, saveSafetensors, type DownloadedCheckpoint } from 'dreamlip'

export async function save(folder: string): Promise<string> {
  const { path }: DownloadedCheckpoint = await downloadCheckpoint('cc3m', { cacheDir: folder })
  const bias = { data: Float32Array.of(1, 2), shape: [2], dtype: 'float32' } as const
  await saveSafetensors(`${folder}/bias.safetensors`, { bias })
  await savePyTorch(`${folder}/bias.pt`, { bias })
  return path
}
