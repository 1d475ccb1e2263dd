/** `rewind` of the folder logger: the entries that it keeps from the log of a killed run. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync, appendFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { eventsUpTo, scalarsRecord, versionRecord } from '../../../src/training/log/event-file'
import { createFolderLogger } from '../../../src/training/log/folder-logger.node.ts'

let folder: string
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'dreamlip-'))))
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const metrics = () => readFileSync(join(folder, 'metrics.jsonl'), 'utf8')
const events = () => readdirSync(folder).filter((name) => name.startsWith('events.'))

async function logSteps(...steps: number[]): Promise<void> {
  const logger = createFolderLogger(folder)
  for (const step of steps) await logger.log(step, { loss: step })
}

describe('rewind', () => {
  it('removes the steps after the one that a run resumes from', async () => {
    await logSteps(1, 2, 3, 4)
    await createFolderLogger(folder).rewind!(2)
    expect(metrics()).toBe('{"step":1,"loss":1}\n{"step":2,"loss":2}\n')
    const bytes = readFileSync(join(folder, events()[0]!))
    const expected = [versionRecord(0), scalarsRecord(0, 1, { loss: 1 }), scalarsRecord(0, 2, { loss: 2 })]
    expect(bytes.length).toBe(expected.reduce((sum, { length }) => sum + length, 0))
  })

  it('removes entries that a killed process left unfinished', async () => {
    await logSteps(1, 2)
    const path = join(folder, events()[0]!)
    const whole = readFileSync(path)
    appendFileSync(join(folder, 'metrics.jsonl'), '{"step":3,"lo')
    appendFileSync(path, scalarsRecord(0, 3, { loss: 3 }).subarray(0, 20))
    await createFolderLogger(folder).rewind!(5)
    expect(metrics()).toBe('{"step":1,"loss":1}\n{"step":2,"loss":2}\n')
    expect(readFileSync(path).equals(whole)).toBe(true)
  })

  it('removes event files without steps, and keeps those of other programs', async () => {
    await logSteps(1)
    writeFileSync(join(folder, 'events.out.tfevents.17.host.42.0'), 'of another program')
    await createFolderLogger(folder).rewind!(0)
    expect(events()).toEqual(['events.out.tfevents.17.host.42.0'])
    expect(metrics()).toBe('')
  })

  it('keeps lines without a step', async () => {
    writeFileSync(join(folder, 'metrics.jsonl'), '# a note\n[1]\nnull\n{"step":1}\n{"step":"9"}\n{"step":2}\n')
    await createFolderLogger(folder).rewind!(1)
    expect(metrics()).toBe('# a note\n[1]\nnull\n{"step":1}\n{"step":"9"}\n')
  })

  it('does nothing if there is no folder', async () => {
    await createFolderLogger(join(folder, 'new')).rewind!(0)
    expect(readdirSync(folder)).toEqual([])
  })
})

describe('eventsUpTo', () => {
  const file = Buffer.concat([versionRecord(1), scalarsRecord(1, 1, { loss: 1 }), scalarsRecord(1, 2, { loss: 2 })])

  it('stops at a record with a wrong length or checksum', () => {
    const [second, third] = [versionRecord(1).length, file.length - scalarsRecord(1, 2, { loss: 2 }).length]
    for (const at of [third, third + 7, third + 13, file.length - 1]) {
      const broken = Buffer.from(file)
      broken[at]! ^= 0x7f
      expect(eventsUpTo(broken, 9)).toEqual({ length: third, hasSteps: true })
    }
    expect(eventsUpTo(file.subarray(0, second + 3), 9)).toEqual({ length: second, hasSteps: false })
    expect(eventsUpTo(new Uint8Array(), 9)).toEqual({ length: 0, hasSteps: false })
  })
})
