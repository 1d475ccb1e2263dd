import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { runJsonPage, runJsonSchema } from '../../../scripts/run-json-documents'
import { runSchema } from '../../../src/cli/run-json/run-schema'
import { problemsOf, type Schema } from '../../../src/cli/run-json/schema'

/** Entries of an object without a description, at any depth. */
function undescribed(schema: Schema, path = ''): string[] {
  const alternatives = 'anyOf' in schema ? schema.anyOf : [schema]
  return alternatives.flatMap(({ properties = {} }) =>
    Object.entries(properties).flatMap(([key, entry]) => [
      ...(entry.description ? [] : [path + key]),
      ...undescribed(entry, `${path}${key}.`),
    ]),
  )
}

describe('the documents of run.json', () => {
  it('are up to date (npx tsx scripts/run-json.ts writes them)', () => {
    expect(readFileSync('docs/run-json.md', 'utf8')).toBe(runJsonPage())
    expect(JSON.parse(readFileSync('assets/run.schema.json', 'utf8'))).toEqual(runJsonSchema())
  })

  it('describe every entry', () => expect(undescribed(runSchema)).toEqual([]))

  it('are in the package, at the place that the page names', () => {
    const { files } = JSON.parse(readFileSync('package.json', 'utf8')) as { files: string[] }
    expect(files).toContain('assets/run.schema.json')
    expect(runJsonPage()).toContain('./node_modules/dreamlip/assets/run.schema.json')
  })
})

it.each(['README.md', 'docs/training.md', 'docs/cli.md'])('every run.json in %s is accepted', (page) => {
  const blocks = [...readFileSync(page, 'utf8').matchAll(/```json\n([^`]*)```/g)].map(([, text]) => text!)
  for (const text of blocks.filter((block) => block.includes('"data"'))) {
    expect(problemsOf(JSON.parse(text) as object, runSchema)).toEqual([])
  }
})
