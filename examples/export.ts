/**
 * Writes a model to files for other programs (safetensors for Python, ONNX for ONNX Runtime), and runs one of them there.
 *
 *     npx tsx examples/export.ts
 *     npx tsx examples/export.ts cc3m_dreamlip_vitb16.pt exported photo.jpg
 */
import { mkdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { DreamLIP, preprocessImage } from 'dreamlip'
import { InferenceSession, Tensor } from 'onnxruntime-node'

const [source, folder = 'examples/output/exported', picture = 'examples/scenes/rocket.png'] = process.argv.slice(2)
mkdirSync(folder, { recursive: true })
const [weights, image, text] = ['model.safetensors', 'image.onnx', 'text.onnx'].map((name) => join(folder, name))

const model = await DreamLIP.load(source) // without a path: the small model inside the package
await model.save(weights!, { dtype: 'float16' })
await model.exportOnnx(image!, { part: 'image' })
await model.exportOnnx(text!, { part: 'text' })
for (const file of [weights!, image!, text!]) console.log(`${(statSync(file).size / 1e6).toFixed(1)} MB  ${file}`)

const { imageSize } = model.config.vision
const { data, shape } = await preprocessImage(picture, { ...model.preprocessing, size: imageSize }) // [3, size, size]
const session = await InferenceSession.create(image!)
const { image_embeds: there } = await session.run({ pixel_values: new Tensor('float32', data, [1, ...shape]) })
const here = await model.encodeImage(picture, { normalize: false }) // the graph's embeddings do not have unit length either
model.dispose()

const largest = Math.max(...here.data.map((value, i) => Math.abs(value - Number(there!.data[i]))))
console.log(
  `Embedding of ${picture} in ONNX Runtime: [${Array.from(there!.data.slice(0, 4) as Float32Array, (x) => x.toFixed(3)).join(', ')}, …]`,
)
console.log(`Largest difference from encodeImage: ${largest.toExponential(1)}`)
