/** The files of a folder, by the program that it is for. */
import type { FolderForm, FolderModel, ModelFolder } from './model-folder'

/** @throws DreamLIPError `INVALID_CONFIG`, `CHECKPOINT_MISMATCH` naming the parts that the other program cannot express */
export async function describeFolder(form: FolderForm, model: FolderModel): Promise<ModelFolder> {
  if (form === 'open-clip') return (await import('./open-clip-folder')).openCLIPFolder(model)
  return (await import('./hugging-face-folder')).huggingFaceFolder(model)
}
