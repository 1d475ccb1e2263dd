/** The main path as a test of Jest, in CommonJS. */
const dreamlip = require('dreamlip')
const takeMainPath = require('./main-path.cjs')

test.each([
  ['auto', 'onnxruntime-node'],
  ['wasm', '@tensorflow/tfjs-backend-wasm'],
])(
  'the main path on %s',
  async (device, backend) => {
    const backends = await takeMainPath(dreamlip, process.env.EXAMPLES, { device })
    expect(backends).toEqual({ float32: backend, float16: backend, int8: backend })
  },
  60_000,
)

test('embeddings are arrays of this realm', async () => {
  const model = await dreamlip.DreamLIP.load()
  expect((await model.encodeText('a rocket')).data).toBeInstanceOf(Float32Array)
  model.dispose()
})
