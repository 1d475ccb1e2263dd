/** The data that an index stores in addition to its vectors. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  notesText,
  parseNotes,
  problemReasons,
  type KeptProblem,
} from '../../../../src/search/images/kept/notes.node.ts'

const problem = fc.record({
  path: fc.string(),
  reason: fc.constantFrom(...problemReasons),
  message: fc.string(),
  version: fc.string(),
})
const byPath = (problems: readonly KeptProblem[]) => new Map(problems.map((one) => [one.path, one]))

describe('notes of an index', () => {
  it('are the same after they were written and read', () => {
    fc.assert(
      fc.property(fc.array(problem), fc.array(fc.tuple(fc.string(), fc.string())), (problems, versions) => {
        const notes = { problems: byPath(problems), versions: new Map(versions) }
        expect(parseNotes(notesText(notes, '1'), '1')).toEqual(notes)
      }),
    )
  })

  it('forget pictures of unknown formats when other formats are decoded', () => {
    const problems = byPath(problemReasons.map((reason) => ({ path: reason, reason, message: 'm', version: 'v' })))
    const text = notesText({ problems, versions: new Map() }, '1')
    expect([...parseNotes(text, '2').problems.keys()]).toEqual(['broken', 'huge', 'unreadable'])
  })

  it('are empty or valid for any text', () => {
    const json = fc
      .json()
      .chain((any) => fc.constantFrom(any, `{"version":1,"problems":[${any}],"versions":[${any},[${any},${any}]]}`))
    fc.assert(
      fc.property(fc.oneof(fc.string(), json), (text) => {
        const { problems, versions } = parseNotes(text, '1')
        for (const [path, { reason, message }] of problems) {
          expect([typeof path, typeof message]).toEqual(['string', 'string'])
          expect(problemReasons).toContain(reason)
        }
        for (const entry of versions) expect(entry.map((part) => typeof part)).toEqual(['string', 'string'])
      }),
      { numRuns: 500 },
    )
  })
})
