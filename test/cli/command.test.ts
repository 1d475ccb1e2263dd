/** The behaviour that all verbs of the `dreamlip` command share: exit codes, only JSON on standard output, errors without stack traces. */
import { once } from 'node:events'
import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { version } from '../../package.json'
import { serve, type TestServer } from '../server/server'
import { model, outcomeOf, photos, run, runJson, start, temporaryFolder } from './command'

const inFolder = temporaryFolder()
writeFileSync(inFolder('broken.pt'), 'no checkpoint')

interface Failure {
  error: { code: string; message: string }
}

describe('exit codes', () => {
  it.each([
    ['--version', `${version}\n`],
    ['--help', /classify .*ground .*inspect/s],
    ['embed --help', /--skip-broken.*Examples:/s],
  ])('is 0 for %s', async (args, output) => {
    const { code, stdout, stderr } = await run(args.split(' '))
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(output)
  })

  it.each([
    ['', 'Usage: dreamlip'],
    ['clasify', "unknown command 'clasify' (Did you mean classify?)"],
    ['embed -m x', 'name images, or give --texts or --text-file.'],
    ['embed -m x a.jpg', 'give --out FILE.npy or FILE.safetensors, or --json to print the vectors.'],
    ['embed -m x a.jpg --out a.csv', "--out: expected a name ending in .npy or .safetensors; got 'a.csv'."],
    ['embed -m x a.jpg --out a.npy --batch-size 0', "option '--batch-size <n>' argument '0' is invalid."],
    ['embed -m x - --text-file - --json', 'standard input can contain images or texts, not both.'],
    ['classify -m x a.jpg -l a --template {} --imagenet-templates', 'cannot be used with option'],
    ['ground -m x a.jpg --text a', "required option '-o, --out <folder>' not specified"],
    ['download cc3m --out cc3m.pt', "--out: expected a folder; got 'cc3m.pt'."],
    [
      'convert a.pt b.pt --dtype float64',
      "argument 'float64' is invalid. Allowed choices are float32, float16, bfloat16, int8, int4.",
    ],
  ])('is 2 for wrong usage: dreamlip %s', async (args, message) => {
    const { code, stdout, stderr } = await run(args.split(' ').filter((arg) => arg !== ''))
    expect(code).toBe(2)
    expect(stdout + stderr).toContain(message)
  })

  it.each([
    [['inspect', inFolder('broken.pt')], 'FORMAT_UNKNOWN'],
    [['inspect', 'missing.pt'], 'SOURCE_UNREADABLE'],
    [['convert', inFolder('broken.pt'), inFolder('out.pt')], 'FORMAT_UNKNOWN'],
    [['embed', '-m', 'missing.pt', photos[0]!], 'SOURCE_UNREADABLE'],
    [['embed', '-m', model, 'missing/*.jpg'], 'SOURCE_UNREADABLE'],
    [['embed', '-m', model, 'src/cli'], 'SOURCE_UNREADABLE'],
    [['embed', '-m', model, '--config', 'package.json', photos[0]!], 'INVALID_CONFIG'],
    [['embed', '-m', model, '--device', 'webgl', photos[0]!], 'DEVICE_UNAVAILABLE'],
    [['embed', '-m', model, photos[0]!, '--out', 'package.json/a.npy'], 'WRITE_FAILED'],
    [['download', 'no-such-model'], 'INVALID_ARGUMENT'],
  ])('is 1 for a failure, and --json reports it on standard output: %s', async (args, errorCode) => {
    const { code, document, stderr } = await runJson<Failure>(args)
    expect([code, document.error.code, stderr]).toEqual([1, errorCode, ''])
    expect(document.error.message).not.toMatch(/\n\s+at /)
  })

  it('is 2 for wrong usage, and --json reports it in the same way', async () => {
    const { code, document, stderr } = await runJson<Failure>(['classify', photos[0]!])
    expect([code, document.error.code, stderr]).toEqual([2, 'USAGE', ''])
  })
})

describe('error messages', () => {
  it('are one line without a stack trace', async () => {
    const { code, stdout, stderr } = await run(['inspect', inFolder('broken.pt')])
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toMatch(/^dreamlip: .*broken\.pt: expected a PyTorch checkpoint or a safetensors file; .*\n$/)
    expect(stderr.trimEnd()).not.toContain('\n')
  })

  it('show the stack trace if DREAMLIP_DEBUG is set', async () => {
    const { stderr } = await run(['inspect', inFolder('broken.pt')], { env: { DREAMLIP_DEBUG: '1' } })
    expect(stderr).toMatch(/\n\s+at /)
  })
})

it('takes the model from DREAMLIP_MODEL', async () => {
  const { code } = await run(['embed', photos[0]!, '--json'], { env: { DREAMLIP_MODEL: model } })
  expect(code).toBe(0)
})

it('reads a config from a file if the checkpoint does not contain it', async () => {
  const { config } = (await runJson<{ config: object }>(['inspect', model])).document
  writeFileSync(inFolder('config.json'), JSON.stringify({ ...config, quick_gelu: true }))
  const args = ['embed', '-m', model, photos[0]!]
  const [own, given] = await Promise.all([
    runJson<object>(args),
    runJson<object>([...args, '--config', inFolder('config.json')]),
  ])
  expect([own.code, given.code]).toEqual([0, 0])
  expect(given.document).not.toEqual(own.document)
})

it('ends quietly when its reader stops reading', async () => {
  const child = start(['inspect', model])
  child.stdout!.destroy()
  let errors = ''
  child.stderr!.on('data', (chunk) => (errors += String(chunk)))
  const [code] = (await once(child, 'close')) as [number]
  expect([code, errors]).toEqual([0, ''])
})

describe.skipIf(process.platform === 'win32')('an interrupt', () => {
  let server: TestServer
  /** Called when an image is requested. */
  let onRequest: (answer: (body: Buffer) => void) => void

  beforeAll(async () => {
    server = await serve((_, response) => onRequest((body) => response.end(body)))
  })
  afterAll(() => server.close())

  it('ends the download of an image at once, with exit code 130', async () => {
    const child = start(['embed', '-m', model, `${server.url}/a.png`, '-o', inFolder('never.npy')])
    onRequest = () => child.kill('SIGINT')
    expect(await outcomeOf(child)).toEqual({ code: 130, stdout: '', stderr: 'dreamlip: interrupted.\n' })
    expect(readdirSync(inFolder()).filter((name) => name.startsWith('never'))).toEqual([])
  })

  it('stops a long run between batches, also with --json', async () => {
    const texts = Array.from({ length: 100_000 }, (_, i) => `text ${i}`).join('\n')
    const args = ['embed', '-m', model, `${server.url}/a.png`, '--text-file', '-', '--batch-size', '1', '--json']
    const child = start(args, { input: texts })
    onRequest = (answer) => {
      answer(readFileSync(photos[0]!))
      void sleep(1000).then(() => child.kill('SIGINT'))
    }
    const { code, stdout } = await outcomeOf(child)
    expect([code, JSON.parse(stdout)]).toEqual([130, { error: { code: 'INTERRUPTED', message: 'interrupted.' } }])
  })

  it('ends the wait for standard input', async () => {
    const child = start(['embed', '-m', model, '-', '--json'], { input: null })
    // More than fits in a pipe: when it is written, the command must be reading.
    child.stdin!.write('a.jpg\n'.repeat(100_000), () => child.kill('SIGINT'))
    child.stdin!.on('error', () => undefined)
    const { code, stdout } = await outcomeOf(child)
    expect([code, JSON.parse(stdout)]).toMatchObject([130, { error: { code: 'INTERRUPTED' } }])
  })
})

describe('numbers on the command line', () => {
  it.each(['1e3', '0x10', '', '-1', '1.5', '0', ' 2', 'NaN', '99999999999999999999'])(
    'are decimal digits: %j is refused with exit code 2 and one line',
    async (value) => {
      const { code, stdout, stderr } = await run(['embed', '-m', model, photos[0]!, '--json', `--batch-size=${value}`])
      const { error } = JSON.parse(stdout) as { error: { code: string; message: string } }
      expect([code, error.code, stderr]).toEqual([2, 'USAGE', ''])
      expect(error.message).toMatch(/--batch-size.*Expected a whole number of at least 1/)
    },
  )

  it('are refused in a message that fits on a screen, however long they are', async () => {
    const { code, stderr } = await run([
      'embed',
      '-m',
      model,
      photos[0]!,
      '--json=x',
      '--batch-size',
      'x'.repeat(100_000),
    ])
    expect(code).toBe(2)
    expect(stderr.length).toBeLessThan(2200)
  })
})
