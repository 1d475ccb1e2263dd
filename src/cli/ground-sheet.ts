/** Renders a page with all heat maps of an image, their phrases, and the meaning of their colours. */
import { basename } from 'node:path'
import { heatColor, hexColor } from '../index.node.ts'
import type { DrawnMap } from './drawn-map'

const gradient = Array.from({ length: 18 }, (_, i) => hexColor(heatColor(i / 17))).join(', ')

const style = `
  body { font: 16px/1.4 system-ui, sans-serif; margin: 2rem; color: #1c2430; background: #fafafa }
  main { display: grid; grid-template-columns: repeat(auto-fill, minmax(320px, 1fr)); gap: 1.5rem }
  figure { margin: 0 } img { width: 100%; display: block; border-radius: 6px }
  .scale { display: flex; gap: .5rem; align-items: center; font-size: 13px; color: #5a6577; margin-top: .4rem }
  .scale i { flex: 1; height: 8px; border-radius: 4px; background: linear-gradient(to right, ${gradient}) }`

/** An HTML page whose pictures are in the same folder. */
export function renderSheet(image: string, maps: readonly DrawnMap[]): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escape(image)}</title>
<style>${style}
</style>
<h1>${escape(image)}</h1>
<p>Colours are cosines between the phrase and each place of the image.</p>
<main>
${maps.map(renderMap).join('\n')}
</main>
</html>
`
}

function renderMap({ text, file, range }: DrawnMap): string {
  const [low, high] = range.map((value) => value.toFixed(3))
  const source = encodeURIComponent(basename(file))
  return `<figure><figcaption>${escape(text)}</figcaption><img src="${source}" alt="">
<div class="scale">${low}<i></i>${high}</div></figure>`
}

function escape(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`)
}
