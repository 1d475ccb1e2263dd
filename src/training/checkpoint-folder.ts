/** The checkpoints of a run: the newest few files of a folder. */
import { joinPath, listFiles, makeFolder, removeFile } from '#training/files'
import { savePyTorch, type CheckpointState } from '../checkpoint/torch/torch-writer'

const pattern = /^step-(\d+)\.pt$/

/** What is left of a checkpoint whose writer was killed. */
const unfinished = /^step-\d+\.pt\..*\.tmp$/

/** Writes `step-N.pt`, whole or not at all, then removes all but the newest `keep`, and what killed runs left unfinished. @returns the path */
export async function saveCheckpoint(
  folder: string,
  step: number,
  state: CheckpointState,
  keep: number,
): Promise<string> {
  await makeFolder(folder)
  const path = joinPath(folder, `step-${String(step).padStart(8, '0')}.pt`)
  await savePyTorch(path, state)
  const old = (await listCheckpoints(folder)).slice(0, -keep).map(({ name }) => name)
  const torn = (await listFiles(folder)).filter((name) => unfinished.test(name))
  for (const name of [...old, ...torn]) await removeFile(joinPath(folder, name))
  return path
}

/** The newest checkpoint of a folder. */
export async function newestCheckpoint(folder: string): Promise<string | undefined> {
  const newest = (await listCheckpoints(folder)).at(-1)
  return newest && joinPath(folder, newest.name)
}

async function listCheckpoints(folder: string): Promise<{ name: string; step: number }[]> {
  const files = await listFiles(folder)
  return files
    .flatMap((name) => {
      const step = pattern.exec(name)?.[1]
      return step === undefined ? [] : [{ name, step: Number(step) }]
    })
    .sort((a, b) => a.step - b.step)
}
