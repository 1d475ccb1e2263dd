/** The first part of the page: a picture's long caption, the pictures that it finds, and where each sentence is in them. */
import { drawHeatMap } from 'dreamlip'
import type { Divided, Explored, Located, ShownHit } from '../findings'
import { escape, image, overlayOf, percent, renderAll, verdict } from './html'

/** Small pictures, of which the reader chooses one, and a panel for each. Works without a script. */
export async function renderPanels(about: string, all: readonly Explored[]): Promise<string> {
  const choices = await renderAll(
    all,
    async ({ picture, about }, i) =>
      `<label><input type="radio" name="panel" id="choice-${i}"${i === 0 ? ' checked' : ''}>${await image(picture, `Caption ${i + 1}: ${about}`)}</label>`,
  )
  return `<div class="pick"><p>Choose a caption. <span class="soft">${escape(about)}</span></p>
<div class="choices" role="radiogroup" aria-label="Captions">${choices}</div></div>
${await renderAll(all, renderPanel)}`
}

async function renderPanel(explored: Explored, index: number): Promise<string> {
  const { sentences, rank, of, hits } = explored
  const place = rank === 1 ? `found first among ${of}` : `at place ${rank} of ${of}`
  return `<section class="panel card" id="panel-${index}" aria-label="Caption ${index + 1}">
<div class="caption" role="radiogroup" aria-label="Sentences">
<p class="text">${sentences.map((text, i) => renderSentence(text, i, index)).join(' ')}</p>
<p>${verdict(rank === 1, `The picture that this caption describes is ${place}.`)}</p>
<p class="soft">Point at a sentence, or choose it: every picture shows where the model finds it. The numbers below a picture are the sentences that it matches. <label class="plain"><input type="radio" name="sentence-${index}" checked>no heat map</label></p>
</div>
<div class="hits">${await renderAll(hits, (hit) => renderHit(hit, sentences))}</div>
<div class="where"><h3>Where is each sentence?</h3>${renderScale(explored.located)}
<div class="maps">${await renderAll(explored.located, (located, i) => renderLocated(explored, located, i))}</div></div>
<div class="parts"><h3>What is each part?</h3>${await renderDivided(explored.divided)}</div>
</section>`
}

/** From violet to yellow, the colours of drawHeatMap. */
function renderScale(located: readonly Located[]): string {
  const marks = located.some(({ thing }) => thing) ? ' <span>✓ the best spot is in the thing’s box</span>' : ''
  return `<p class="scale soft">fits least <i></i> fits best${marks}</p>`
}

function renderSentence(text: string, index: number, panel: number): string {
  return `<label class="sentence s${index}"><input type="radio" name="sentence-${panel}"><b>${index + 1}</b>${escape(text)}</label>`
}

async function renderHit({ picture, about, place, right, matches, maps }: ShownHit, sentences: readonly string[]) {
  const overlays = await renderAll(maps, async (map, i) => image(overlayOf(map), '', `map m${i}`))
  const numbers = matches.flatMap((matching, i) => (matching ? [i] : []))
  const chips = numbers.map((i) => `<b class="s${i}" title="${escape(sentences[i]!)}">${i + 1}</b>`)
  const matching = chips.length === 0 ? '<span class="soft">no match</span>' : chips.join('')
  return `<figure class="hit${right ? ' right' : ''}"><div class="frame">${await image(picture, about)}${overlays}</div>
<figcaption><span class="place">${place}.${right ? ' the right one' : ''}</span> <span class="unseen">matches sentences</span>${matching}</figcaption></figure>`
}

async function renderLocated({ picture, sentences }: Explored, { map, thing }: Located, index: number) {
  const text = sentences[index]!
  const mark = thing ? verdict(thing.hit) : ''
  return `<figure>${await image(drawHeatMap(picture, map), `Heat map of sentence ${index + 1}: ${text}`)}<figcaption><b class="s${index}">${index + 1}</b> ${mark}</figcaption></figure>`
}

async function renderDivided({ found, legend, truth }: Divided): Promise<string> {
  const shares = legend.map(({ label, share }) => `${label} ${percent(share)}`).join(', ')
  const right = truth ? `: ${percent(truth.agreeing)} right` : ''
  const figures = [
    `<figure>${await image(found, `Segmentation: ${shares}`)}<figcaption>model${right}</figcaption></figure>`,
    truth
      ? `<figure>${await image(truth.picture, 'The right segmentation')}<figcaption>the truth</figcaption></figure>`
      : '',
  ]
  const colors = legend.map(({ label }, i) => `<span><i class="l${i}"></i>${escape(label)}</span>`)
  return `<div class="pair">${figures.join('')}<div class="legend">${colors.join('')}</div></div>`
}
