/** What a file that is no checkpoint seems to be, and what to do about it. */

/** A format by its first bytes (as Latin-1 text), and the rest of the sentence "it …". */
const formats: readonly (readonly [start: RegExp, description: string])[] = [
  [/^\s*<(!doctype|html|\?xml)/i, 'is a web page. Download the file itself, not the page about it'],
  [/^version https:\/\/git-lfs/, 'is a Git LFS pointer. Run git lfs pull'],
  [/^\x1f\x8b/, 'is gzip-compressed. Unpack it first'],
  [/^(?:BZh|\xfd7zXZ|7z\xbc\xaf|Rar!|\x28\xb5\x2f\xfd)/, 'is a compressed archive. Unpack it first'],
  [/^[^]{257}ustar/, 'is a tar archive. Unpack it first'],
  [/^\x89HDF/, 'is an HDF5 file (Keras, TensorFlow). Convert it to safetensors in Python'],
  [/^GGUF/, 'is a GGUF file. Use the original checkpoint'],
  [/^(?:ggml|lmgg|tjgg)/, 'is a GGML file. Use the original checkpoint'],
  [/^[^]{4}TFL3/, 'is a TensorFlow Lite model. Use the original checkpoint'],
  [/^[\x08\x0a][^]*(?:onnx|pytorch|tf2onnx|dreamlip)/, 'is an ONNX model. Use the original checkpoint'],
  [/^\x93NUMPY/, "is an array of NumPy's. Save the tensors as safetensors"],
  // A MessagePack map whose first key is a text: Flax's `params`.
  [
    /^(?:[\x81-\x8f]|\xde[^]{2}|\xdf[^]{4})(?:[\xa1-\xbf]|\xd9[^])\w/,
    'is a MessagePack file (Flax). Convert it to safetensors in Python: CLIPModel.from_pretrained(folder, from_flax=True)',
  ],
  [/^\s*[{[]["'\s\d{[\]}]/, 'is a JSON text. Pass the file with the weights'],
]

/** The rest of a sentence that begins with the file's name: "it is … What to do". */
export function describeContent(head: Uint8Array, byteLength: number): string {
  if (byteLength === 0) return 'it is empty. Download it again'
  // TextDecoder's `latin1` is Windows-1252, which changes the bytes from 128 to 159.
  const text = String.fromCharCode(...head.subarray(0, 512))
  const format = formats.find(([start]) => start.test(text))
  if (format) return `it ${format[1]}`
  const bytes = [...head.subarray(0, 4)].map((byte) => byte.toString(16).padStart(2, '0')).join(' ')
  return `it starts with ${bytes} and has ${byteLength} bytes. Check that it is the right file and whole`
}

/** Whether the bytes begin a JSON object in UTF-8. The length of a safetensors header may start with a brace too, but holds zeros. */
export function isJSONText(head: Uint8Array): boolean {
  const first = head.find((byte) => ![0x20, 0x09, 0x0a, 0x0d].includes(byte))
  return first === 0x7b && !head.subarray(0, 8).includes(0)
}
