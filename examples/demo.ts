/**
 * Shows what the package does, without a download: the small model inside it looks at emoji that it has never seen, and the numbers
 * are compared with PyTorch's. With a released checkpoint, the model looks at photographs instead.
 *
 *     npm run demo
 *     npm run demo -- --seed 7
 *     npm run demo -- --checkpoint cc3m_dreamlip_vitb16.pt
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { DreamLIP, type DeviceName } from 'dreamlip'
import { compareWithPyTorch } from './demo/agreement'
import { exploreEmoji } from './demo/emoji'
import { renderReport } from './demo/page/report'
import { explorePhotographs } from './demo/photographs'
import { printAgreement, printFindings, printNext } from './demo/terminal'

const { values: options } = parseArgs({
  options: {
    checkpoint: { type: 'string' },
    device: { type: 'string', default: 'auto' },
    out: { type: 'string', default: 'demo-report' },
    seed: { type: 'string' },
  },
})
const { checkpoint, out } = options
const device = options.device as DeviceName
const seed = options.seed === undefined ? Math.floor(1e6 * Math.random()) : Number(options.seed)

const model = await DreamLIP.load(checkpoint, { device })
const name = checkpoint ?? 'the small model inside the package'
console.log(`Model: ${name}; ${model.device.name}, ${model.device.backend}`)
const findings = checkpoint ? await explorePhotographs(model) : await exploreEmoji(model, seed)
model.dispose()
console.log(findings.knows)
printFindings(findings)

const agreement = await compareWithPyTorch(device)
printAgreement(agreement)

mkdirSync(out, { recursive: true })
const page = join(out, 'index.html')
writeFileSync(page, await renderReport({ findings, agreement, model: name, device: model.device }))
printNext(pathToFileURL(resolve(page)).href, out)
if (agreement.some(({ good }) => !good)) throw new Error('The numbers differ from PyTorch’s: see the table above.')
