/** Pieces of HTML and SVG, with all foreign text escaped. */

export function escapeHTML(text: string): string {
  return text.replace(/[&<>"'`]/g, (character) => `&#${character.charCodeAt(0)};`)
}

type Attributes = Readonly<Record<string, string | number>>

/** An element; `content` is markup already. */
export function element(name: string, attributes: Attributes, content = ''): string {
  const written = Object.entries(attributes).map(([key, value]) => ` ${key}="${escapeHTML(String(value))}"`)
  return `<${name}${written.join('')}>${content}</${name}>`
}

/** A row of a table: the first cell is its header, and numbers are right-aligned. */
export function tableRow(
  cells: readonly (string | { readonly markup: string })[],
  attributes: Attributes = {},
): string {
  const [first, ...rest] = cells.map((cell) => (typeof cell === 'string' ? escapeHTML(cell) : cell.markup))
  const others = rest.map((cell) => element('td', {}, cell)).join('')
  return element('tr', attributes, element('th', { scope: 'row' }, first) + others)
}

/** A table that scrolls on its own if the page is too narrow. */
export function table(caption: string, columns: readonly string[], rows: readonly string[]): string {
  const head = columns.map((column) => element('th', { scope: 'col' }, escapeHTML(column))).join('')
  const whole = `<caption>${escapeHTML(caption)}</caption><thead><tr>${head}</tr></thead><tbody>${rows.join('')}</tbody>`
  return element(
    'div',
    { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': caption },
    element('table', {}, whole),
  )
}

/** Text in a drawing. */
export function svgText(x: number, y: number, text: string, attributes: Attributes = {}): string {
  return element('text', { x: round(x), y: round(y), ...attributes }, escapeHTML(text))
}

/** A drawing with a description for people who do not see it. */
export function svg(width: number, height: number, description: string, content: string): string {
  const attributes = { viewBox: `0 0 ${width} ${height}`, width, height, role: 'img', 'aria-label': description }
  return element('svg', attributes, content)
}

/** Two decimals are finer than any screen. */
export function round(value: number): number {
  return Math.round(value * 100) / 100
}

export function shortened(text: string, length: number): string {
  const characters = [...text]
  return characters.length <= length ? text : `${characters.slice(0, length - 1).join('')}…`
}
