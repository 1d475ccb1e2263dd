/** Memory and time of the multi-positive loss and its gradients, in its own process. The argument is JSON; prints JSON. */
import { valueAndGrads, type Scalar, type Tensor } from '@tensorflow/tfjs-core'
import { compile, multiPositiveLoss, type RuntimeOptions } from '../src/index'
import { median } from './python'

interface Work {
  readonly batch: number
  readonly captions: number
  readonly width: number
  readonly scale: number
  readonly rounds: number
  readonly options: RuntimeOptions
}

/** Vectors of unit length that look random: `[rows, width]` */
function unitRows(rows: number, width: number, seed: number): Float32Array {
  let state = seed
  const data = new Float32Array(rows * width)
  for (let i = 0; i < data.length; i++) data[i] = (state = (state * 48_271) % 2_147_483_647) / 2 ** 30 - 1
  for (let row = 0; row < rows; row++) {
    const values = data.subarray(row * width, (row + 1) * width)
    const length = Math.hypot(...values)
    values.forEach((value, i) => (values[i] = value / length))
  }
  return data
}

/** Megabytes. */
const peak = () => (process.resourceUsage().maxRSS * 1024) / 1e6

async function measure({ batch, captions, width, scale, rounds, options }: Work): Promise<object> {
  const step = compile(
    ({ images, texts }) => {
      const loss = (images: Tensor, texts: Tensor): Scalar =>
        multiPositiveLoss({ images: images as never, texts: texts as never, logitScale: scale })
      const { value, grads } = valueAndGrads(loss)([images!, texts!])
      return { value, ofImages: grads[0]!, ofTexts: grads[1]! }
    },
    { images: { shape: [batch, width] }, texts: { shape: [batch, captions, width] } },
    options,
  )
  const inputs = { images: unitRows(batch, width, 1), texts: unitRows(batch * captions, width, 2) }
  const before = process.memoryUsage().rss / 1e6
  const times: { wall: number; cpu: number }[] = []
  for (let round = 0; round <= rounds; round++) {
    const [start, used] = [performance.now(), process.cpuUsage()]
    await step(inputs)
    const { user, system } = process.cpuUsage(used)
    times.push({ wall: (performance.now() - start) / 1000, cpu: (user + system) / 1e6 })
  }
  const [first, ...warm] = times
  const middle = (of: 'wall' | 'cpu') => median(warm.map((time) => time[of]))
  return { memory: peak() - before, first: first!.wall, wall: middle('wall'), cpu: middle('cpu') }
}

console.log(JSON.stringify(await measure(JSON.parse(process.argv[2]!) as Work)))
