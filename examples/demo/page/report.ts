/** The demo's results as one HTML page without other files. It loads nothing, and its policy forbids scripts and requests. */
import { createHash } from 'node:crypto'
import type { Agreement } from '../agreement'
import type { Credit, Named, Report, Score } from '../findings'
import { escape, image, renderAll, verdict } from './html'
import { renderPanels } from './panels'
import { styleOf } from './style'

export async function renderReport({ findings, agreement, model, device }: Report): Promise<string> {
  const { knows, about, seed, scores, explored, named, credits } = findings
  const style = styleOf(explored.all)
  const hash = createHash('sha256').update(style).digest('base64')
  const policy = `default-src 'none'; img-src data:; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>dreamlip: search pictures by paragraph</title>
<style>${style}</style>
</head>
<body>
<main>
<header>
<h1>Search pictures by paragraph</h1>
<p class="brand"><b>dreamlip</b> <code>npm install dreamlip</code></p>
<p class="lede">${escape(knows)}</p>
</header>
${await renderPanels(explored.about, explored.all)}
<section><h2>How often is it right?</h2><p class="soft">${escape(about)} ${seed === undefined ? '' : `Chance chose everything here: <code>npm run demo -- --seed ${seed}</code> repeats it.`}</p>
<div class="scores">${scores.map(renderScore).join('')}</div></section>
<section><h2>What is it?</h2><p class="soft">${escape(named.about)}</p>
<div class="names">${await renderAll(named.all, renderNamed)}</div></section>
<section><h2>The same numbers as PyTorch</h2><p class="soft">A small model with random weights, computed here and by the published code in Python.</p>
<div class="card"><table>${agreement.map(renderAgreement).join('')}</table></div></section>
<section><h2>Try it</h2><p class="soft">In your own project. The first command indexes the pictures in a folder. With photographs, add <code>--model cc3m</code> to both.</p>
<pre class="card">npm install dreamlip
npx dreamlip index pictures --into pictures.index
npx dreamlip search --in pictures.index 'A dog sits below a red apple. The background is blue.'</pre></section>
<footer class="soft"><p>Computed with ${escape(model)} by ${escape(device.backend)} on the device ${escape(device.name)}.</p><p>${escape(credits.about)} ${credits.all.map(renderCredit).join('; ')}.</p></footer>
</main>
</body>
</html>
`
}

function renderScore({ what, right, of, chance }: Score): string {
  return `<div class="card score"><b>${right}</b> of ${of}<br>${escape(what)}<br><span class="soft">by chance ${chance}</span></div>`
}

async function renderNamed({ picture, about, truth, answers }: Named): Promise<string> {
  const [best] = answers as [Named['answers'][number]]
  const bars = answers.map(
    ({ name, score, right }) =>
      `<div class="bar"><svg aria-hidden="true"><rect width="${(100 * score).toFixed(1)}%" height="100%"/></svg><span><em${right ? ' class="yes"' : ''}>${escape(name)}</em>${Math.round(100 * score)}\u00a0%</span></div>`,
  )
  const truly = best.right ? '' : `<br>It is: ${escape(truth)}`
  return `<div class="card named ${best.right ? 'hit' : 'miss'}">${await image(picture, truth)}<p>${verdict(best.right, best.name)}${truly}<br><span class="soft">${escape(about)}</span></p>${bars.join('')}</div>`
}

function renderAgreement({ what, of, result, good }: Agreement): string {
  return `<tr><td>${verdict(good)}</td><td>${what}</td><td>${of}</td><td>${result}</td></tr>`
}

function renderCredit({ text, licence, url }: Credit): string {
  return `${escape(text)}, <a href="${url}">${licence}</a>`
}
