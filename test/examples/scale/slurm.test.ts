/** examples/scale/embed.sbatch, submitted to a Slurm cluster of one node. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { writeShard } from '../../bulk/shards'
import { filesOf, installDreamLIP } from './installed'
import { hasSlurm, startSlurm, type Slurm } from './slurm'

const file = resolve('examples/scale/embed.sbatch')
const small = ['--cpus-per-task=1', '--mem=1G']

if (!hasSlurm)
  console.log('Skipped: the example for Slurm (it needs root, and the packages slurmctld, slurmd and munge).')

describe.skipIf(!hasSlurm)('embed.sbatch', { timeout: 240_000 }, () => {
  let [folder, slurm] = [] as unknown as [string, Slurm]
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'dreamlip-slurm-'))
    const bin = installDreamLIP(folder)
    await Promise.all([0, 1, 2, 3, 4, 5].map((i) => writeShard(join(folder, `${i}.tar`), 400 * i, 400, [8])))
    execFileSync(join(bin, 'dreamlip'), ['embed', '--shards', '{0..5}.tar', '--out', 'expected'], { cwd: folder, stdio: 'ignore' }) // prettier-ignore
    slurm = await startSlurm(folder)
  })
  afterAll(async () => {
    await slurm?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  const inFolder = (name: string) => join(folder, name)
  const submit = async (out: string, ...args: readonly string[]) => {
    const job = [file, '--shards', '{0..5}.tar', '--out', out]
    return (await slurm.command('sbatch', '--parsable', ...small, ...args, ...job)).trim()
  }
  /** Of all tasks of an array, or of one. */
  const statesOf = async (id: string) => {
    const shown = await slurm.command('scontrol', 'show', 'job', id)
    return [...shown.matchAll(/JobState=(\w+)/g)].map(([, state]) => state!)
  }
  const allAre = (id: string, state: string) => until(async () => (await statesOf(id)).every((one) => one === state))
  const log = (task: string) => readFileSync(inFolder(`dreamlip-${task}.log`), 'utf8')

  it('embeds the data set in an array of tasks: the files are those of a single run', async () => {
    await allAre(await submit('array', '--array=0-2'), 'COMPLETED')
    expect(filesOf(inFolder('array'))).toEqual(filesOf(inFolder('expected')))
  })

  it('goes on after a task was requeued and another cancelled in the middle of their work', async () => {
    const id = await submit('stopped', '--array=0-1')
    await until(() => [0, 1].every((shard) => existsSync(inFolder(`stopped/reports/0000${shard}.json`))))
    await slurm.command('scontrol', 'requeue', `${id}_0`)
    await slurm.command('scancel', `${id}_1`)
    await Promise.all([allAre(`${id}_0`, 'PENDING'), allAre(`${id}_1`, 'CANCELLED')])
    expect(Object.keys(filesOf(inFolder('stopped'))).length).toBeLessThan(24)

    await slurm.command('scontrol', 'update', `JobId=${id}_0`, 'StartTime=now') // Slurm would wait for two minutes
    const again = await submit('stopped', '--array=1', '--export=ALL,PARTS=2')
    await Promise.all([allAre(`${id}_0`, 'COMPLETED'), allAre(again, 'COMPLETED')])
    expect(filesOf(inFolder('stopped'))).toEqual(filesOf(inFolder('expected')))
    expect(log(`${id}_1`)).toContain('interrupted.')
    expect(log(`${id}_0`)).toMatch(/interrupted\.[^]*had been embedded before/)
  })

  it('refuses a task that has no part', async () => {
    const id = await submit('none', '--array=2', '--export=ALL,PARTS=2')
    await allAre(id, 'FAILED')
    expect(log(`${id}_2`)).toContain('expected i/N with i from 0 to N - 1')
  })
})

/** Waits until a condition holds, or the test times out. */
async function until(isTrue: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isTrue())) await new Promise((resolve) => setTimeout(resolve, 100))
}
