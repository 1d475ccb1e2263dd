/** The JSON Schema of run.json for editors, and docs/run-json.md: both from the description with which run.json is checked. */
import { runSchema } from '../src/cli/run-json/run-schema'
import { describe, type Schema, type TypedSchema } from '../src/cli/run-json/schema'

/** JSON Schema, draft 7, which all editors know. */
export function runJsonSchema(): object {
  const schema = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'run.json of dreamlip train',
    ...runSchema,
    oneOf: [{ required: ['epochs'] }, { required: ['steps'] }],
  }
  // Editors show descriptions without links.
  const withoutLinks = (text: string) =>
    text.replace(/ \(\[more\]\([^)]*\)\)/g, '').replace(/\[([^\]]+)\]\([^)]+\)/g, '$1')
  return JSON.parse(JSON.stringify(schema), (key, value: unknown) =>
    key === 'description' && typeof value === 'string' ? withoutLinks(value) : value,
  ) as object
}

const head = `# run.json

The file that \`dreamlip train --config run.json\` reads. [Training](training.md) shows how to use it. An unknown entry is an error, at any depth, and the error names the nearest right one. Paths start from the folder of the file.

Editors check and complete the file if it starts with

\`\`\`json
{ "$schema": "./node_modules/dreamlip/assets/run.schema.json" }
\`\`\`

\`npx tsx scripts/run-json.ts\` writes this page and the schema from the same description that checks the file.

## Entries
`

export function runJsonPage(): string {
  const sections = sectionsOf(runSchema).map(({ paths, schema }) => {
    const title = paths.map((path) => `\`${path}\``).join(' and ')
    return `## ${title}\n\n${table(schema)}\n`
  })
  return [head, `${table(runSchema)}\n`, ...sections].join('\n')
}

interface Section {
  readonly paths: string[]
  readonly schema: TypedSchema
}

/** The objects in an object, at any depth. Identical entries share a section. */
function sectionsOf(schema: TypedSchema): Section[] {
  const sections: Section[] = []
  const visit = (of: TypedSchema, within: string) => {
    for (const [key, entry] of Object.entries(of.properties ?? {})) {
      const inner = objectOf(entry)
      if (!inner) continue
      const same = sections.find((section) => section.schema.properties === inner.properties)
      if (same) same.paths.push(within + key)
      else {
        sections.push({ paths: [within + key], schema: inner })
        visit(inner, `${within}${key}.`)
      }
    }
  }
  visit(schema, '')
  return sections
}

function objectOf(entry: Schema): TypedSchema | undefined {
  const alternatives = 'anyOf' in entry ? entry.anyOf : [entry]
  return alternatives.find(({ properties }) => properties)
}

function table({ properties = {} }: TypedSchema): string {
  const rows = Object.entries(properties).map(
    ([key, entry]) => `| \`${key}\` | ${describe(entry)} | ${entry.description} |`,
  )
  return ['| entry | value | meaning |', '| --- | --- | --- |', ...rows].join('\n')
}
