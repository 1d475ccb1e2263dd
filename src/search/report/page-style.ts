/** The style of the page of a search. */

const style = `
:root { --ink: #1c2430; --soft: #5a6577; --paper: #fafafa; --card: #fff; --line: #d9dee6; --yes: #10733b; --no: #9a4b00 }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e8ecf2; --soft: #a3adbd; --paper: #14181f; --card: #1d232d; --line: #343c49; --yes: #6fd39a; --no: #f0b26b }
}
* { box-sizing: border-box }
body { font: 16px/1.45 system-ui, sans-serif; margin: 0; padding: 1.5rem; color: var(--ink); background: var(--paper) }
h1 { font-size: 1.3rem; max-width: 60rem; overflow-wrap: anywhere }
main { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(320px, 100%), 1fr)); gap: 1.25rem; align-items: start }
article { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: .8rem }
h2 { font-size: .85rem; font-weight: 500; margin: 0 0 .6rem; overflow-wrap: anywhere }
h2 span { color: var(--soft) }
a { color: inherit }
i { font-style: normal; color: var(--soft); font-variant-numeric: tabular-nums }
.frame { position: relative; border-radius: 6px; overflow: hidden; background: var(--line) }
.photo { display: block; width: 100%; height: auto }
.map { position: absolute; inset: 0; width: 100%; height: 100%; opacity: 0; transition: opacity .12s }
.gone { padding: 3rem 1rem; text-align: center; color: var(--soft) }
ul { list-style: none; margin: .6rem 0 0; padding: 0; font-size: .9rem }
li { display: flex; gap: .4rem; padding: .15rem .35rem; border-radius: 5px }
li i { margin-left: auto }
li[tabindex] { cursor: default }
li[tabindex]:is(:hover, :focus-visible) { background: var(--line); outline: none }
li:focus-visible { box-shadow: 0 0 0 2px var(--soft) }
.yes b { color: var(--yes) }
.no b, .doubt { color: var(--no) }
article:has(li[tabindex]:is(:hover, :focus)) .photo { filter: grayscale(1) }
@media (prefers-reduced-motion: reduce) { .map { transition: none } }
`

/** Per sentence, a rule shows its heat map on hover or focus. @param sentences the maximum per hit */
export function styleOf(sentences: number): string {
  const rules = Array.from(
    { length: sentences },
    (_, i) => `article:has(.s${i}:is(:hover, :focus)) .m${i} { opacity: .75 }`,
  )
  return `${style}${rules.join('\n')}\n`
}
