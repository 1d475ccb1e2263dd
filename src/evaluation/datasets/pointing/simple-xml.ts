/** Reads simple XML, as annotation tools write it: elements and text, no document types, no own or external entities. */

/** An element: its text, and the elements in it. */
export interface XmlElement {
  readonly name: string
  readonly children: readonly XmlElement[]
  readonly text: string
}

const deepest = 32

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

/** The next comment, declaration, tag, or run of text. */
const token =
  /<!--[^]*?-->|<\?[^]*?\?>|<(\/?)([A-Za-z_][\w.-]*)(?:\s+[\w:.-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*\s*(\/?)>|[^<]+/y

interface OpenElement {
  readonly name: string
  readonly children: XmlElement[]
  text: string
}

/** @throws SyntaxError saying where the text is not such XML */
export function parseXml(text: string): XmlElement {
  const document: OpenElement = { name: '', children: [], text: '' }
  const open = [document]
  const fail = (problem: string): never => {
    throw new SyntaxError(`${problem} at character ${token.lastIndex}`)
  }
  let at = 0
  while (at < text.length) {
    token.lastIndex = at
    const found = token.exec(text)
    if (!found) return fail('expected an element or text')
    at = token.lastIndex
    const [whole, closing, name, empty] = found
    const inside = open.at(-1)!
    if (name === undefined) {
      if (!whole.startsWith('<')) inside.text += decode(whole, fail)
    } else if (closing !== '') {
      if (inside === document || inside.name !== name) return fail(`</${name}> closes an element that is not open`)
      open.pop()
    } else {
      const element: OpenElement = { name, children: [], text: '' }
      inside.children.push(element)
      if (empty === '') open.push(element)
      if (open.length > deepest) return fail('elements are nested too deeply')
    }
    token.lastIndex = at
  }
  if (open.length > 1) return fail(`<${open.at(-1)!.name}> is not closed`)
  if (document.children.length !== 1 || document.text.trim() !== '') return fail('expected one element')
  return document.children[0]!
}

function decode(text: string, fail: (problem: string) => never): string {
  return text.replace(/&([^;&]*);?/g, (whole, name: string) =>
    whole.endsWith(';') && Object.hasOwn(entities, name) ? entities[name]! : fail('unknown entity'),
  )
}

/** The children of an element that have this name. */
export function childrenOf({ children }: XmlElement, name: string): XmlElement[] {
  return children.filter((child) => child.name === name)
}
