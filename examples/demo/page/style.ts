/** How the demo's page looks: light and dark, wide and narrow. */
import type { Explored } from '../findings'

const base = `
:root { color-scheme: light dark; --page: #f6f7f9; --card: #fff; --ink: #1b2430; --soft: #566170; --line: #dfe4ea;
  --accent: #2563c9; --good: #12733f; --bad: #b3261e; --track: #e8ecf1 }
@media (prefers-color-scheme: dark) { :root { --page: #12161c; --card: #1b212a; --ink: #e8edf3; --soft: #9fabba;
  --line: #2c3541; --accent: #7db0ff; --good: #5fd08f; --bad: #ff8a80; --track: #2a323d } }
* { box-sizing: border-box }
body { margin: 0; background: var(--page); color: var(--ink); font: 16px/1.5 system-ui, sans-serif }
main { max-width: 1240px; margin: 0 auto; padding: 1.2rem 1rem 4rem }
header, .pick { display: flex; flex-wrap: wrap; justify-content: space-between; align-items: center; gap: 0 1rem }
h1 { margin: 0; font-size: clamp(1.6rem, 4vw, 2.3rem); line-height: 1.2; letter-spacing: -.02em }
h2 { margin: 2.5rem 0 .2rem; font-size: 1.4rem } h3 { margin: 0; font-size: 1rem }
p { margin: .3rem 0 .8rem } .soft, figcaption { color: var(--soft) } section > .soft { max-width: 80ch }
.lede { flex-basis: 100%; margin: .3rem 0 .5rem; font-size: 1.1rem }
.brand { margin: 0 } code { padding: .1em .4em; border-radius: 5px; background: var(--track); font-size: .9em }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 14px; min-width: 0 }
a { color: var(--accent) } img { display: block; width: 100%; border-radius: 8px } figure { margin: 0; min-width: 0 }
figcaption { font-size: .82rem; line-height: 1.35; margin-top: 5px; overflow-wrap: anywhere }
.unseen, .choices input, .caption input { position: absolute; opacity: 0; width: 1px; height: 1px; overflow: hidden; white-space: nowrap }
.pick { justify-content: flex-start; margin: 0 0 .6rem } .pick p { margin: 0 }
.choices { display: flex; gap: 10px; padding: 4px; max-width: 100%; overflow-x: auto }
.choices label { position: relative; flex: 0 0 52px; cursor: pointer; border-radius: 8px } .choices img { aspect-ratio: 1; object-fit: cover }
.choices label:has(:checked) { outline: 3px solid var(--accent) } .choices label:has(:focus-visible) { outline: 3px solid var(--ink) }
.panel { display: grid; gap: 14px 22px; grid-template: auto auto 1fr / repeat(2, minmax(0, 1fr)); align-items: start }
.caption { grid-area: 1 / 1 } .hits { grid-area: 1 / 2 / 3 } .where { grid-area: 2 / 1 / 4 } .parts { grid-area: 3 / 2 }
.caption .text { margin: 0 0 .6rem; font-size: 1.08rem; line-height: 1.75 } .caption p:not(.text) { margin: .3rem 0 }
.sentence { position: relative; cursor: pointer; padding: .1em .3em .15em .15em; border-radius: 5px; background: color-mix(in oklab, var(--hue) 24%, var(--card)); box-decoration-break: clone; -webkit-box-decoration-break: clone }
.sentence b, figcaption b { display: inline-block; min-width: 1.45em; margin-right: .3em; padding: 0 .3em; border-radius: 4px; background: var(--hue); color: #10151c; font-size: .8rem; line-height: 1.45; text-align: center }
.sentence b { display: inline; padding: .1em .4em } .sentence:hover, .sentence:has(:checked) { background: color-mix(in oklab, var(--hue) 40%, var(--card)) }
.sentence:has(:focus-visible), .plain:has(:focus-visible) { outline: 2px solid var(--ink); outline-offset: 1px }
.plain { position: relative; padding: .1em .6em; border: 1px solid var(--line); border-radius: 1em; cursor: pointer; white-space: nowrap }
.plain:has(:checked) { border-color: var(--accent); color: var(--accent) }
.hits { display: grid; gap: 12px; grid-template-columns: repeat(4, 1fr); align-content: start } .hit:first-child { grid-area: span 2 / span 2 }
.frame { position: relative; border-radius: 8px; overflow: hidden } .hit.right .frame { outline: 4px solid var(--good) } 
.map { position: absolute; inset: 0; height: 100%; opacity: 0; transition: opacity .12s }
.panel:has(.sentence:is(:hover, :has(:checked))) .frame > :first-child { filter: grayscale(1) }
.place { margin-right: .3em } .right .place { color: var(--good) }
.scale { display: flex; flex-wrap: wrap; align-items: center; gap: 8px; margin: .1rem 0 .5rem; font-size: .82rem }
.scale i { flex: 0 1 150px; height: 9px; border-radius: 5px; background: linear-gradient(to right, #440154, #3d4e8a, #23898e, #46c06f, #fde725) }
.where, .parts { padding-top: 12px; border-top: 1px solid var(--line) }
.maps { display: grid; gap: 10px; grid-template-columns: repeat(auto-fill, minmax(62px, 1fr)) }
.pair { display: flex; flex-wrap: wrap; gap: 12px; margin-top: .5rem } .pair figure { width: 118px }
.legend { display: flex; flex: 1 1 160px; flex-direction: column; gap: 2px; font-size: .85rem }
.legend i { display: inline-block; width: .8em; height: .8em; border-radius: 3px; margin-right: 5px }
.scores { display: grid; gap: 14px; grid-template-columns: repeat(auto-fit, minmax(min(220px, 100%), 1fr)) }
.score b { font-size: 1.9rem; line-height: 1.2; color: var(--accent) }
.names { display: grid; gap: 14px; grid-template-columns: repeat(auto-fill, minmax(min(180px, 44%), 1fr)) }
.named { border-top: 4px solid var(--good) } .named.miss { border-top-color: var(--bad) } .named .yes, .named .no { font-weight: 600 }
.named img { aspect-ratio: 1; object-fit: contain } .named p { margin: .5rem 0 .4rem; font-size: .85rem; line-height: 1.35 }
.bar { position: relative; height: 21px; margin-top: 3px; border-radius: 4px; background: var(--track); overflow: hidden; font-size: .75rem; line-height: 21px }
.bar svg { position: absolute; inset: 0; width: 100%; height: 100%; fill: color-mix(in srgb, var(--accent) 38%, transparent) }
.bar span { position: relative; display: flex; justify-content: space-between; gap: 4px; padding: 0 6px; white-space: nowrap }
.bar em { font-style: normal; overflow: hidden; text-overflow: ellipsis }
.yes { color: var(--good) } .no { color: var(--bad) }
table { border-collapse: collapse; width: 100% } td { padding: 4px 12px 4px 0; overflow-wrap: anywhere } tr + tr td { border-top: 1px solid var(--line) }
pre { overflow-x: auto; margin: .5rem 0 } footer { margin-top: 2.5rem; font-size: .82rem }
@media (max-width: 820px) { .lede, .caption .text { font-size: 1rem } .panel { display: block } .panel > * + * { margin-top: 14px } .hits { grid-template-columns: repeat(2, 1fr) } .hit:first-child { grid-area: auto / span 2 } }
@media (prefers-reduced-motion: reduce) { .map { transition: none } }
`

/** The style of a page that shows these pictures: a rule for each panel, each sentence and each label. */
export function styleOf(all: readonly Explored[]): string {
  const sentences = Math.max(...all.map(({ sentences }) => sentences.length))
  const longest = all.map(({ divided }) => divided.legend).reduce((a, b) => (b.length > a.length ? b : a), [])
  return [
    base,
    ...repeat(all.length, (i) => `body:has(#choice-${i}:not(:checked)) #panel-${i} { display: none }`),
    ...repeat(sentences, (i) => `.s${i} { --hue: ${hueOf(i)} }`),
    ...repeat(sentences, (i) => `.panel:has(.s${i} :checked) .m${i} { opacity: 1 }`),
    '.panel:has(.sentence:hover) .map { opacity: 0 }',
    ...repeat(sentences, (i) => `.panel:has(.sentence.s${i}:hover) .m${i} { opacity: 1 }`),
    ...longest.map(({ color }, i) => `.l${i} { background: ${color} }`),
    '',
  ].join('\n')
}

/** Ten hues of the same lightness. Neighbours differ by 108 degrees. */
function hueOf(sentence: number): string {
  return `oklch(.78 .13 ${(30 + 108 * sentence) % 360})`
}

function repeat(count: number, line: (i: number) => string): string[] {
  return Array.from({ length: count }, (_, i) => line(i))
}
