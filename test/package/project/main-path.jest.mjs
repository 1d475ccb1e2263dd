/** The main functions as a Jest test, in ES modules. */
import * as dreamlip from 'dreamlip'
import takeMainPath from './main-path.cjs'

test('the main path', async () => {
  const backends = await takeMainPath(dreamlip, process.env.EXAMPLES)
  expect(new Set(Object.values(backends))).toEqual(new Set(['onnxruntime-node']))
}, 60_000)

test.each(['auto', 'wasm'])('embeddings on %s are arrays of this realm', async (device) => {
  const model = await dreamlip.DreamLIP.load(undefined, { device })
  expect((await model.encodeText('a rocket')).data).toBeInstanceOf(Float32Array)
  model.dispose()
})
