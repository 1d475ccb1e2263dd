/** The checkpoints of a run: the newest few files of a folder. */
import { writeFileAtomically } from '#bytes/write-file'
import { joinPath, listFiles, makeFolder, removeFile, renameFile } from '#training/files'
import { pyTorchChunks, type CheckpointState } from '../../checkpoint/torch/torch-writer'

const pattern = /^step-(\d+)\.pt$/

/** What is left of a checkpoint whose writer was killed. */
const unfinished = /^step-\d+\.pt\..*\.tmp$/

/** A checkpoint, and the step in its name. */
export interface CheckpointFile {
  readonly name: string
  readonly path: string
  readonly step: number
}

/** Writes `step-N.pt`, whole or not at all, then removes all but the newest `keep`. @returns the path */
export async function saveCheckpoint(
  folder: string,
  step: number,
  state: CheckpointState,
  keep: number,
): Promise<string> {
  await makeFolder(folder)
  const path = joinPath(folder, `step-${String(step).padStart(8, '0')}.pt`)
  await writeFileAtomically(path, pyTorchChunks(state))
  for (const old of (await listCheckpoints(folder)).slice(0, -keep)) await removeFile(old.path)
  return path
}

/** The checkpoints of a folder, the newest last. */
export async function listCheckpoints(folder: string): Promise<CheckpointFile[]> {
  const files = await listFiles(folder)
  return files
    .flatMap((name) => {
      const step = pattern.exec(name)?.[1]
      return step === undefined ? [] : [{ name, path: joinPath(folder, name), step: Number(step) }]
    })
    .sort((a, b) => a.step - b.step)
}

/** Removes what killed runs left unfinished. */
export async function removeUnfinished(folder: string): Promise<void> {
  const torn = (await listFiles(folder)).filter((name) => unfinished.test(name))
  for (const name of torn) await removeFile(joinPath(folder, name))
}

/** Keeps a checkpoint that cannot be used, under a name that no run goes on from. @returns the name */
export async function setAside({ name, path }: CheckpointFile): Promise<string> {
  await renameFile(path, `${path}.corrupt`)
  return `${name}.corrupt`
}
