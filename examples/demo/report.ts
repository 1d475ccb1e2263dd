/** The demo's results as one HTML page without other files. */
import sharp from 'sharp'
import type { RawImage } from 'dreamlip'
import type { Agreement } from './agreement'
import type { Divided, Located, Named, Report, Score, Sought } from './findings'
import { style } from './style'

export async function renderReport({ findings, agreement, model, device }: Report): Promise<string> {
  const { about, scores, named, sought, located, divided, credits } = findings
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>dreamlip: what the model sees</title>
<style>${style}</style>
<main>
<header>
<h1>dreamlip</h1>
<p class="lede">A CLIP for long captions, in TypeScript. The model on this page: ${escape(model)}.</p>
<p>${escape(about)}</p>
<div class="grid" style="--cell: 200px">${scores.map(renderScore).join('')}</div>
</header>
${section('What is it?', named.about, `<div class="grid">${await renderAll(named.all, renderNamed)}</div>`)}
${section('Which picture does the caption describe?', sought.about, await renderAll(sought.all, renderSought))}
${section('Where is it?', located.about, scale + (await renderAll(located.all, renderLocated)))}
${section('What is each part?', divided.about, await renderAll(divided.all, renderDivided))}
${section(
  'The same numbers as PyTorch',
  'A small model with random weights, computed here and by the published code in Python.',
  `<div class="card"><table>${agreement.map(renderAgreement).join('')}</table></div>`,
)}
<footer class="soft">Computed by ${escape(device.backend)} on the device ${escape(device.name)}. ${escape(credits)}</footer>
</main>
</html>
`
}

/** From violet to yellow, the colours of drawHeatMap. */
const scale =
  '<div class="scale soft">fits least <i style="background: linear-gradient(to right, #440154, #3d4e8a, #23898e, #46c06f, #fde725)"></i> fits best</div>'

function section(title: string, about: string, content: string): string {
  return `<section><h2>${title}</h2><p class="soft">${escape(about)}</p>${content}</section>`
}

async function renderAll<T>(all: readonly T[], render: (each: T) => Promise<string>): Promise<string> {
  return (await Promise.all(all.map(render))).join('\n')
}

function renderScore({ what, right, of, chance }: Score): string {
  return `<div class="card score"><b>${Math.round((100 * right) / of)} %</b>${escape(what)}<br><span class="soft">${right} of ${of}; by chance ${chance}</span></div>`
}

async function renderNamed({ picture, about, truth, scores }: Named): Promise<string> {
  const bars = scores.map(({ label, score }) => {
    const percent = `<b>${(100 * score).toFixed(0)}\u00a0%</b>`
    const name = `<em${label === truth ? ' class="yes"' : ''}>${escape(label)}</em>`
    return `<div class="bar"><i style="width: ${(100 * score).toFixed(1)}%"></i><span>${name}${percent}</span></div>`
  })
  const mark = scores[0]!.label === truth ? '<span class="yes">✓</span>' : '<span class="no">✗</span>'
  return `<div class="card named">${await image(picture, truth)}<p><b>${mark} ${escape(truth)}</b><br><span class="soft">${escape(about)}</span></p>${bars.join('')}</div>`
}

async function renderSought({ sentences, rank, pictures }: Sought): Promise<string> {
  const figures = await renderAll(
    pictures,
    async ({ picture, cosine, right }) =>
      `<figure${right ? ' class="right"' : ''}>${await image(picture, '')}<figcaption>${right ? '✓ ' : ''}cosine ${cosine.toFixed(2)}</figcaption></figure>`,
  )
  const place = rank === 1 ? '<span class="yes">✓ found first</span>' : `<span class="no">place ${rank}</span>`
  return `<div class="card wide"><blockquote>${escape(sentences.join(' '))}</blockquote><p>${place}</p><div class="grid">${figures}</div></div>`
}

async function renderLocated({ picture, maps }: Located): Promise<string> {
  const figures = await renderAll(maps, async ({ text, picture, thing }) => {
    const mark = !thing ? '' : thing.hit ? '<span class="yes">✓</span> ' : '<span class="no">✗</span> '
    return `<figure>${await image(picture, '')}<figcaption>${mark}${escape(text)}</figcaption></figure>`
  })
  return `<div class="card wide"><div class="grid"><figure>${await image(picture, 'The picture')}<figcaption>the picture</figcaption></figure>${figures}</div></div>`
}

async function renderDivided({ picture, found, legend, truth }: Divided): Promise<string> {
  const figures = [
    [picture, 'the picture'],
    ...(truth ? ([[truth.picture, 'the truth']] as const) : []),
    [
      found,
      truth ? `what the model says: ${Math.round(100 * truth.agreeing)} % of the pixels right` : 'what the model says',
    ],
  ] as const
  const drawn = await renderAll(
    figures,
    async ([picture, caption]) => `<figure>${await image(picture, '')}<figcaption>${caption}</figcaption></figure>`,
  )
  const colors = legend.map(({ label, color }) => `<span><i style="background: ${color}"></i>${escape(label)}</span>`)
  return `<div class="card wide"><div class="grid" style="--cell: 200px">${drawn}</div><div class="legend">${colors.join('')}</div></div>`
}

function renderAgreement({ what, of, result, good }: Agreement): string {
  return `<tr><td class="${good ? 'yes' : 'no'}">${good ? '✓' : '✗'}</td><td>${what}</td><td>${of}</td><td>${result}</td></tr>`
}

const widest = 400

/** Embeds the picture in the page. */
async function image({ data, width, height, channels }: RawImage, alt: string): Promise<string> {
  const webp = await sharp(data, { raw: { width, height, channels: channels as 3 } })
    .resize({ width: widest, withoutEnlargement: true })
    .webp({ quality: 88 })
    .toBuffer()
  return `<img alt="${escape(alt)}" src="data:image/webp;base64,${webp.toString('base64')}">`
}

function escape(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`)
}
