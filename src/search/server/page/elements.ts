/** Finds elements of the page, and makes new ones. Texts are always set as text, never as HTML. */

/** Finds an element of page.html. */
export function find<Name extends keyof HTMLElementTagNameMap>(name: Name, id: string): HTMLElementTagNameMap[Name] {
  const element = document.getElementById(id)
  if (element?.localName !== name) throw new Error(`page.html: expected <${name} id="${id}">`)
  return element as HTMLElementTagNameMap[Name]
}

/** Makes an element with properties, attributes (names with a hyphen, and `role`) and children. */
export function make<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  properties: Readonly<Record<string, unknown>> = {},
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[Name] {
  const element = document.createElement(name)
  for (const [key, value] of Object.entries(properties)) {
    if (key.includes('-') || key === 'role') element.setAttribute(key, String(value))
    else Object.assign(element, { [key]: value })
  }
  element.append(...children)
  return element
}
