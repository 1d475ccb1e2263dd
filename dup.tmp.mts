import { VectorIndex, findDuplicates } from './src/index.node.ts'
import { createRandom } from './src/random.ts'
import { rmSync } from 'node:fs'
const n = 100_000, width = 512, random = createRandom(1)
rmSync('/tmp/query/dup', { recursive: true, force: true })
// CLIP-like: a common direction, 40 topics, own noise; every tenth row is a near copy (cosine about 0.98) of the row before
const topics = Array.from({ length: 40 }, () => Float32Array.from({ length: width }, () => random.normal()))
const common = Float32Array.from({ length: width }, () => random.normal())
const data = new Float32Array(n * width)
for (let i = 0; i < n; i++) {
  const t = topics[Math.floor(random.uniform() * 40)]!
  for (let c = 0; c < width; c++) data[i * width + c] = i % 10 === 9 ? data[(i - 1) * width + c]! + 0.18 * random.normal() * 1.3 : common[c]! + 0.7 * t[c]! + 0.7 * random.normal()
}
const store = await VectorIndex.open('/tmp/query/dup', { width })
await store.add(Array.from({ length: n }, (_, i) => `${i}.jpg`), data)
const unit = (i: number) => Math.hypot(...data.subarray(i * width, (i + 1) * width))
let planted = 0
for (let i = 9; i < n; i += 10) { let d = 0; for (let c = 0; c < width; c++) d += data[i * width + c]! * data[(i - 1) * width + c]!; if (d / unit(i) / unit(i - 1) >= 0.97) planted++ }
const start = performance.now(); const cpu = process.cpuUsage()
const groups = await findDuplicates({ store })
const used = process.cpuUsage(cpu)
console.log('planted', planted, 'groups', groups.length, 'pairs right', groups.filter((g) => g.images.length === 2).length, 'seconds', (performance.now() - start) / 1000, 'cpu', (used.user + used.system) / 1e6, 'rss MB', process.memoryUsage().rss / 1e6)
await store.close()
