/** The folder of a run on disk. */
import { join } from 'node:path'
import { freeBytesAt } from '../../bytes/write/free-space.node.ts'
import { lockFolder } from '../../bytes/write/file-lock.node.ts'
import { makeFolder } from '../../bytes/write/make-folder.node.ts'
import { writeFileAtomically } from '../../bytes/write/write-file.node.ts'
import { pyTorchChunks } from '../../checkpoint/torch/torch-writer'
import { readBestModel, saveBestModel } from './best-file.node.ts'
import { fileSize, listFiles, removeFile, renameFile } from './files.node.ts'
import type { CheckpointFile, RunFolder } from './run-folder'

const checkpointName = /^step-(\d+)\.pt$/

const bestName = 'best.safetensors'

/** A checkpoint or best model whose writer was killed. */
const unfinishedName = /^(step-\d+\.pt|best\.safetensors)\..*\.tmp$/

export function openRunFolder(path: string): RunFolder {
  const list = () => listCheckpoints(path)
  const best = join(path, bestName)
  return {
    path,
    list,
    async lock() {
      await makeFolder(path)
      return lockFolder(path)
    },
    async save(step, contents, keep) {
      await makeFolder(path)
      const file = join(path, `step-${String(step).padStart(8, '0')}.pt`)
      await writeFileAtomically(file, pyTorchChunks(contents))
      for (const old of (await list()).slice(0, -keep)) await removeFile(old.path)
      return file
    },
    readBest: () => readBestModel(best),
    async saveBest(model, found) {
      await makeFolder(path)
      return saveBestModel(best, model, found)
    },
    async size() {
      const files = [...(await list()).map((file) => file.path), best]
      const sizes = await Promise.all(files.map(fileSize))
      return sizes.reduce((sum, bytes) => sum + bytes, 0)
    },
    freeBytes: () => freeBytesAt(path),
    async setAside(file) {
      await renameFile(file.path, `${file.path}.corrupt`)
      return `${file.name}.corrupt`
    },
    async removeUnfinished() {
      const unfinished = (await listFiles(path)).filter((name) => unfinishedName.test(name))
      for (const name of unfinished) await removeFile(join(path, name))
    },
  }
}

async function listCheckpoints(folder: string): Promise<CheckpointFile[]> {
  const files = await listFiles(folder)
  return files
    .flatMap((name) => {
      const step = checkpointName.exec(name)?.[1]
      return step === undefined ? [] : [{ name, path: join(folder, name), step: Number(step) }]
    })
    .sort((a, b) => a.step - b.step)
}
