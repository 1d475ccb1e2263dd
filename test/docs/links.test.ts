/** Links in the documents lead to existing files and headings. */
import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { globSync } from 'tinyglobby'
import { describe, expect, it } from 'vitest'

const documents = globSync(['*.md', '{docs,benchmarks,emoji-scenes,examples,test}/**/*.md'], {
  ignore: ['docs/api/**', '**/node_modules/**'],
}).sort()

const repository =
  /^https:\/\/(?:github\.com\/dreamlip\/dreamlip\/(?:blob|tree)|raw\.githubusercontent\.com\/dreamlip\/dreamlip)\/main\//

/** `[text](target)` and `![text](target)`, outside of code. */
function linksOf(document: string): string[] {
  const prose = readFileSync(document, 'utf8').replace(/```.*?```/gs, '')
  return [...prose.matchAll(/\]\(([^()\s]+)\)/g)].map(([, target]) => target!)
}

/** GitHub's anchors for the headings of a page. */
function anchorsOf(path: string): string[] {
  const prose = readFileSync(path, 'utf8').replace(/```.*?```/gs, '')
  return [...prose.matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replace(/[^\p{L}\p{N}_ -]/gu, '')
      .replaceAll(' ', '-'),
  )
}

/** The problem with a link, or `undefined`. */
function fault(document: string, target: string): string | undefined {
  const ours = repository.test(target)
  if (!ours && /^[a-z]+:/.test(target)) return undefined
  const [path = '', anchor] = target.replace(repository, '').split('#')
  const file = ours ? path : path === '' ? document : join(dirname(document), path)
  if (!existsSync(file)) return `${target}: ${file} does not exist`
  if (anchor === undefined || statSync(file).isDirectory()) return undefined
  return anchorsOf(file).includes(anchor) ? undefined : `${target}: ${file} has no heading '${anchor}'`
}

describe('links', () => {
  it.each(documents)('%s', (document) => {
    expect(linksOf(document).flatMap((target) => fault(document, target) ?? [])).toEqual([])
  })

  it('of the README work on npm too: none is relative', () => {
    expect(linksOf('README.md').filter((target) => !/^(https:|#)/.test(target))).toEqual([])
  })
})
