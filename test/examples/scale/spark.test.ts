/** examples/scale/spark.py, run by Spark in local mode. `PYTHON` names a Python with pyspark and pyarrow. */
import { execFile, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { writeShard } from '../../bulk/shards'
import { filesOf, installDreamLIP } from './installed'

const python = process.env.PYTHON ?? 'python3'
const hasSpark = [
  [python, '-c', 'import pyspark, pyarrow'],
  ['java', '-version'],
].every(([program, ...args]) => spawnSync(program!, args).status === 0)

if (!hasSpark) console.log('Skipped: the example for Spark (it needs Java, and pyspark and pyarrow in the Python that PYTHON names).') // prettier-ignore

describe.skipIf(!hasSpark)('spark.py', { timeout: 240_000 }, () => {
  let [folder, bin] = [] as unknown as [string, string]
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'dreamlip-spark-'))
    bin = installDreamLIP(folder)
    await Promise.all([0, 1, 2, 3].map((i) => writeShard(join(folder, `${i}.tar`), 6 * i, 6, [8])))
    await promisify(execFile)(join(bin, 'dreamlip'), ['embed', '--shards', '{0..3}.tar', '--out', 'expected'], {
      cwd: folder,
    })
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it('embeds a data set in tasks, of which Spark tries one that was killed again, and reads the output', async () => {
    const program = join(bin, 'dreamlip')
    const script = readFileSync(program, 'utf8')
    writeFileSync(
      program,
      script.replace('\n', () => '\nmkdir first 2> /dev/null && kill -9 $$\n'),
    )
    const { stdout, stderr } = await spark('3', 'out', '{0..3}.tar')
    expect(stderr).toContain('dreamlip was ended by signal 9')
    expect(stdout).toContain('{"shards": 4, "skipped": 0, "samples": 24, "embedded": 23, "failed": []}')
    expect(stdout).toContain('out: 23 rows of image_path, caption\n')
    expect(stdout).toContain('shard 00000: 6 vectors of 128 × float16, the first of 000000\n')
    expect(filesOf(join(folder, 'out'))).toEqual(filesOf(join(folder, 'expected')))
  })

  it('embeds the other shards if one cannot be read, names it after three tries, and fails', async () => {
    const run = spark('2', 'broken', '{3..4}.tar')
    await expect(run).rejects.toMatchObject({ stdout: expect.stringContaining('"shard": "4.tar"') as unknown })
    await expect(run).rejects.toMatchObject({ code: 1, stdout: expect.stringContaining('6 rows') as unknown })
  })

  function spark(parts: string, out: string, shards: string) {
    const command = ['--parts', parts, '--out', out, '--', '--shards', shards]
    const env = { ...process.env, PATH: `${bin}:${process.env.PATH}`, PYSPARK_PYTHON: python }
    const submit = ['-m', 'pyspark.find_spark_home']
    const home = spawnSync(python, submit, { encoding: 'utf8' }).stdout.trim()
    const args = ['--master', 'local[2,4]', resolve('examples/scale/spark.py'), ...command]
    return promisify(execFile)(join(home, 'bin/spark-submit'), args, {
      cwd: folder,
      env,
      maxBuffer: 1e8,
      timeout: 230_000,
    })
  }
})
