/** Identifies files that are not checkpoints, and advises what to do. */
import { fileKind, firstBytesInHex, type FileKind } from '../bytes/file-kind'

const compressed = 'is a compressed archive. Unpack it first'

/** The rest of the sentence "it …" about each kind, the most reliable kinds first. */
const descriptions: Readonly<Partial<Record<FileKind, string>>> = {
  webPage: 'is a web page. Download the file itself, not the page about it',
  gitLFSPointer: 'is a Git LFS pointer. Run git lfs pull',
  gzip: 'is gzip-compressed. Unpack it first',
  bzip2: compressed,
  xz: compressed,
  '7z': compressed,
  rar: compressed,
  zstd: compressed,
  tar: 'is a tar archive. Unpack it first',
  hdf5: 'is an HDF5 file (Keras, TensorFlow). Convert it to safetensors in Python',
  gguf: 'is a GGUF file. Use the original checkpoint',
  ggml: 'is a GGML file. Use the original checkpoint',
  tensorFlowLite: 'is a TensorFlow Lite model. Use the original checkpoint',
  onnx: 'is an ONNX model. Use the original checkpoint',
  numpy: 'is a NumPy array. Save the tensors as safetensors',
  messagePack:
    'is a MessagePack file (Flax). Convert it to safetensors in Python: CLIPModel.from_pretrained(folder, from_flax=True)',
  json: 'is a JSON file. Pass the file with the weights',
}

/** The rest of a sentence that begins with the file's name: "it is …", then advice. */
export function describeContent(head: Uint8Array, byteLength: number): string {
  if (byteLength === 0) return 'it is empty. Download it again'
  const kind = fileKind(head, Object.keys(descriptions) as FileKind[])
  if (kind) return `it ${descriptions[kind]}`
  return `it starts with ${firstBytesInHex(head)} and has ${byteLength} bytes. Check that it is the right file and that it is complete`
}
