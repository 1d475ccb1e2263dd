/** The demo's results as one HTML page. */
import type { Classification, Device } from '../src/index'

export interface Agreement {
  readonly what: string
  readonly of: string
  readonly result: string
  readonly good: boolean
}

export interface Photograph {
  readonly name: string
  /** Width and height. */
  readonly size: readonly [number, number]
  /** File of the square picture that the vision tower sees. */
  readonly prepared: string
  readonly scores: readonly Classification[]
  readonly heatMaps: readonly { readonly file: string; readonly text: string }[]
}

export interface Report {
  readonly tokens: {
    readonly text: string
    readonly tokens: readonly { readonly piece: string; readonly id: number }[]
  }
  readonly agreement: readonly Agreement[]
  readonly photographs: readonly Photograph[]
  readonly checkpoint?: string
  readonly device: Device
}

const style = `
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 960px; margin: 2rem auto; padding: 0 1rem; color: #1c2430 }
  h1 { margin-bottom: 0 } h2 { margin: 2.5rem 0 .5rem }
  .note { background: #fff4d6; border-left: 4px solid #e0a800; padding: .6rem 1rem }
  .tokens span { display: inline-block; margin: 2px; padding: 2px 7px; border-radius: 5px; background: #e7eefc }
  .tokens small { display: block; color: #5a6a85; font-size: 11px }
  table { border-collapse: collapse } td { padding: 4px 16px 4px 0 } td.yes { color: #14804a } td.no { color: #c0262d }
  .row { display: flex; flex-wrap: wrap; gap: 14px } figure { margin: 0; width: 224px }
  img { width: 100%; border-radius: 6px; display: block } figcaption { font-size: 13px; color: #44506a }
  .bar { background: #4a74d9; height: 12px; border-radius: 3px }`

export function renderReport({ tokens, agreement, photographs, checkpoint, device }: Report): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>dreamlip: what it does</title>
<style>${style}
</style>
<h1>dreamlip</h1>
<p>${checkpoint ? `Checkpoint ${escape(checkpoint)}` : 'Golden model (random weights)'}, device ${device.name}: ${escape(device.reason)}.</p>
<h2>Tokens</h2>
<p>${escape(tokens.text)}</p>
<p class="tokens">${tokens.tokens.map(({ piece, id }) => `<span>${escape(piece)}<small>${id}</small></span>`).join('')}</p>
<h2>Agreement with PyTorch</h2>
<p>The golden model and its numbers were made in Python (test/parity/golden.py).</p>
<table>${agreement.map(renderAgreement).join('')}</table>
${checkpoint ? '' : '<p class="note">The golden model’s weights are random: the labels and heat maps below mean nothing yet. Run <code>npm run demo -- --checkpoint FILE</code> with a released checkpoint for ones that do.</p>'}
${photographs.map(renderPhotograph).join('')}
</html>
`
}

function renderAgreement({ what, of, result, good }: Agreement): string {
  return `<tr><td class="${good ? 'yes' : 'no'}">${good ? '✓' : '✗'}</td><td>${what}</td><td>${of}</td><td>${result}</td></tr>`
}

function renderPhotograph({ name, size, prepared, scores, heatMaps }: Photograph): string {
  const figures = [
    figure(prepared, `prepared from ${name} (${size.join(' × ')})`),
    ...heatMaps.map(({ file, text }) => figure(file, text)),
  ]
  const rows = scores.map(
    ({ label, score }) =>
      `<tr><td>${escape(label)}</td><td>${(100 * score).toFixed(1)} %</td>` +
      `<td><div class="bar" style="width: ${(240 * score).toFixed(0)}px"></div></td></tr>`,
  )
  return `<h2>${escape(name)}</h2><div class="row">${figures.join('')}</div><table>${rows.join('')}</table>`
}

function figure(file: string, caption: string): string {
  return `<figure><img src="${file}" alt=""><figcaption>${escape(caption)}</figcaption></figure>`
}

function escape(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`)
}
