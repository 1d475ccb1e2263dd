/** The main path as a test of node:test. */
import { deepEqual } from 'node:assert/strict'
import test from 'node:test'
import * as dreamlip from 'dreamlip'
import takeMainPath from './main-path.cjs'

test('the main path', async () => {
  const backends = await takeMainPath(dreamlip, process.env.EXAMPLES)
  deepEqual(new Set(Object.values(backends)), new Set(['onnxruntime-node']))
})
