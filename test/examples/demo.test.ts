/** Runs `npm run demo` as a process, checks the page that it writes, and uses the page like a person. */
import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { decodeImage, DreamLIP } from 'dreamlip'
import { kinds } from 'emoji-scenes/icons/kinds'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { creditsOf } from '../../examples/demo/credits'
import { nameAll, searchAll } from '../../examples/demo/explore'
import { describeInChromium, startChromium } from '../browser/chromium'

const folder = mkdtempSync(join(tmpdir(), 'dreamlip-demo-'))
afterAll(() => rmSync(folder, { recursive: true }))

async function runDemo(name: string, args: readonly string[]) {
  const out = join(folder, name)
  const command = ['--import', 'tsx', 'examples/demo.ts', '--out', out, ...args]
  const { stdout, stderr } = await promisify(execFile)(process.execPath, command)
  expect(stderr).toBe('')
  return { stdout, files: readdirSync(out), page: readFileSync(join(out, 'index.html'), 'utf8') }
}

const count = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].length

describe.each([
  {
    name: 'the model inside on emoji',
    args: ['--seed', '7'],
    knows: `about ${kinds.length} everyday things as emoji and clip art draw them, nothing else: no photographs.`,
    words: ['new artist', 'new thing', 'OpenMoji', 'npm run demo -- --seed 7'],
    panels: 6,
    named: 12,
  },
  {
    name: 'a checkpoint on photographs',
    args: ['--checkpoint', 'examples/golden/golden.pt'],
    knows: 'What this model knows is what it was trained on.',
    words: ['chelsea.png', 'cup of coffee', 'SpaceX'],
    panels: 3,
    named: 3,
  },
])('the demo of $name', ({ name, args, knows, words, panels, named }) => {
  let demo: Awaited<ReturnType<typeof runDemo>>
  beforeAll(async () => void (demo = await runDemo(name, args)), 600_000)

  it('computes the numbers of PyTorch', () => {
    const rows = ['token ids', 'prepared pixels', 'image embeddings', 'text embeddings']
    for (const row of rows) expect(demo.stdout).toMatch(new RegExp(`✓ ${row} `))
    expect(demo.stdout).not.toContain('NaN')
  })

  it('says in one line what the model knows, in the terminal and first on the page', () => {
    expect(demo.stdout.split('\n').filter((line) => line.includes(knows))).toHaveLength(1)
    expect(demo.page).toMatch(new RegExp(`<h1>.*\\s.*\\s<p class="lede">.*${knows.replaceAll('.', '\\.')}`))
  })

  it('marks every answer as right or wrong, the same in the terminal and on the page', () => {
    const answers = /What is it\?\n\n([^]*?)\n\n/.exec(demo.stdout)![1]!
    expect(count(demo.page, /class="card named hit"/g)).toBe(count(answers, /^ {2}✓/gm))
    expect(count(demo.page, /class="card named miss"/g)).toBe(count(answers, /^ {2}✗.*, but it is: /gm))
    expect(count(answers, /^ {2}[✓✗]/gm)).toBe(named)
  })

  it('ends with what to do next', () => {
    const [open, ...commands] = demo.stdout.split('What next?')[1]!.trim().split('\n')
    expect(open).toContain(pathToFileURL(join(folder, name, 'index.html')).href)
    expect(commands.join('\n')).toMatch(/npx dreamlip index .*\n.*npx dreamlip search /)
  })

  it('links the sentences of each caption to the pictures that they match', () => {
    const all = demo.page.split('<section class="panel').slice(1)
    expect(all).toHaveLength(panels)
    for (const panel of all) {
      const sentences = [...panel.matchAll(/<label class="sentence s(\d)">.*?<b>(\d+)<\/b>(.*?)<\/label>/g)]
      expect(sentences.map(([, index, number]) => Number(number) - Number(index))).toEqual(sentences.map(() => 1))
      const texts = sentences.map(([, , , text]) => text)
      const hits = panel.split('<figure class="hit').slice(1)
      expect(hits.length).toBeGreaterThanOrEqual(Math.min(5, panels))
      expect(count(panel, /<figure class="hit right">/g)).toBe(1)
      for (const hit of hits) expect(count(hit, /class="map m\d"/g)).toBe(sentences.length)
      for (const [, index, title, number] of panel.matchAll(/<b class="s(\d)" title="(.*?)">(\d+)<\/b>/g)) {
        expect([title, Number(number)]).toEqual([texts[Number(index)], Number(index) + 1])
      }
    }
    expect(demo.page).toMatch(/<b class="s\d" title=/)
  })

  it('writes one page without other files or scripts, under a policy that allows none', () => {
    const { files, page } = demo
    expect(files).toEqual(['index.html'])
    const sources = [...page.matchAll(/src="([^"]{0,30})/g)].map(([, source]) => source)
    expect(sources.length).toBeGreaterThan(12)
    for (const source of sources) expect(source).toMatch(/^data:image\/webp;base64,/)
    expect(page).toContain("default-src 'none'; img-src data:;")
    expect(page).not.toMatch(/url\(|@import|<script|<link| style="/)
    for (const word of words) expect(page).toContain(word)
  })

  describeInChromium('its page', () => {
    it('shows the panel of a caption, and where a sentence is, with keys alone', { timeout: 120_000 }, async () => {
      const browser = await startChromium()
      try {
        const page = await browser.newPage({ reducedMotion: 'reduce' })
        const complaints: string[] = []
        page.on('console', (message) => complaints.push(message.text()))
        await page.goto(pathToFileURL(join(folder, name, 'index.html')).href)
        const visible = () => page.locator('.panel:visible').evaluateAll((panels) => panels.map(({ id }) => id))
        const maps = () =>
          page
            .locator('.panel:visible .map')
            .evaluateAll((maps) =>
              maps.filter((map) => getComputedStyle(map).opacity === '1').map((map) => map.className),
            )
        expect(await visible()).toEqual(['panel-0'])
        await page.keyboard.press('Tab') // the choice of captions
        await page.keyboard.press('ArrowRight')
        expect(await visible()).toEqual(['panel-1'])
        expect(await maps()).toEqual([])
        await page.keyboard.press('Tab') // the choice of sentences
        await page.keyboard.press('ArrowRight') // from “no heat map” to the first sentence
        const hits = await page.locator('.panel:visible .hit').count()
        expect(await maps()).toEqual(Array(hits).fill('map m0'))
        await page.locator('.panel:visible .s1').first().hover()
        expect(await maps()).toEqual(Array(hits).fill('map m1'))
        expect(complaints).toEqual([])
      } finally {
        await browser.close()
      }
    })
  })
})

describe('exploring', () => {
  it('takes any name of a thing as right, and adds up the scores of its names', async () => {
    const model = await DreamLIP.load()
    const picture = { picture: await decodeImage('examples/scenes/rocket.png'), about: '', thing: 1 }
    const [named] = await nameAll(model, [picture], [['bell'], ['trumpet', 'rocket']], ['a {}'])
    model.dispose()
    expect(named).toMatchObject({ truth: 'trumpet', answers: [{ name: 'rocket', right: true }, { right: false }] })
    expect(named!.answers.reduce((sum, { score }) => sum + score, 0)).toBeCloseTo(1, 4)
  })

  it('searches all pictures by every caption, and finds the place of the right one', async () => {
    const model = await DreamLIP.load()
    const names = ['popcorn', 'street', 'ladybug', 'rocket']
    const pictures = await Promise.all(names.map((name) => decodeImage(`examples/scenes/${name}.png`)))
    // The caption of the rocket comes first: its picture is the last, so the place of the first picture is not 1.
    const captions = ['rocket', 'street', 'ladybug', 'popcorn'].map((name) => [`A ${name}.`, 'There are many things.'])
    const searches = await searchAll(model, pictures, captions)
    model.dispose()
    for (const [i, { rank, of, hits, sentences }] of searches.entries()) {
      expect(of).toBe(4)
      expect(hits.map(({ index }) => index).sort()).toEqual([0, 1, 2, 3])
      expect(hits[rank - 1]!.index).toBe(i)
      for (const { matches } of hits) expect(matches).toHaveLength(sentences.length)
    }
    expect(searches[0]!.hits[0]!.index).toBe(3)
    expect(searches[0]!.rank).toBeGreaterThan(1)
  })
})

describe('credits', () => {
  it('name the artists of the pictures and no others, with their licences', () => {
    const { all, about } = creditsOf(['noto', 'twemoji', 'noto'])
    expect(all.map(({ text, licence }) => [text.split(' (')[0], licence])).toEqual([
      ['Noto Emoji', 'Apache 2.0'],
      ['Twemoji', 'CC BY 4.0'],
    ])
    expect(about).not.toContain('CC BY-SA')
  })

  it('say that pictures with OpenMoji are shared alike', () => {
    expect(creditsOf(['openmoji']).about).toContain('under CC BY-SA 4.0')
  })
})
