/** Command lines as shells and engines would run them, and the options that the command reads from them. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { embedCommand } from '../../../src/cli/verbs/embed'
import { indexCommand } from '../../../src/cli/verbs/search/index-images'
import { searchCommand } from '../../../src/cli/verbs/search/search'
import { serveCommand } from '../../../src/cli/verbs/search/serve'
import { workCommand } from '../../../src/cli/verbs/bulk/work'
import type { Answering } from '../../../src/cli/verb'

/** The mark that the shell prints before each word. */
const mark = '\u001f'

/** Every command that a script calls, with its words. None is run. */
export function callsOf(script: string, env: Readonly<Record<string, string>> = {}, args: readonly string[] = []) {
  const folder = mkdtempSync(join(tmpdir(), 'dreamlip-lines-'))
  try {
    const file = join(folder, 'script')
    // One write per call, because background calls arrive at the same time.
    const record = `command_not_found_handle() { local line; printf -v line '${mark}%s' "$@"; echo "$line" >&3; }\nexec() { "$@"; }\ncd() { :; }\n`
    writeFileSync(file, record + script)
    const { status, stderr, output } = spawnSync('/bin/bash', ['-e', file, ...args], {
      ...{ cwd: folder, encoding: 'utf8', env: { ...env, PATH: folder } },
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    })
    if (status !== 0) throw new Error(`${script}: ${stderr}`)
    return output[3]!.split('\n').filter(Boolean).map((line) => line.split(mark).slice(1)) // prettier-ignore
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** The blocks of shell commands of a page. */
export function shellBlocksOf(page: string): string[] {
  return [...readFileSync(page, 'utf8').matchAll(/```sh\n(.*?)```/gs)].map(([, block]) => block!)
}

/** The options that the command reads from arguments. @throws CommanderError for unknown options */
export async function optionsOf(args: readonly string[]): Promise<Record<string, unknown>> {
  let read: object | undefined
  const answer: Answering = (options) => {
    read = options
    return Promise.resolve()
  }
  const program = new Command('dreamlip').exitOverride().configureOutput({ outputError: () => undefined })
  for (const verb of [embedCommand, workCommand, indexCommand, searchCommand, serveCommand]) {
    const command = verb(answer).copyInheritedSettings(program)
    command.commands.forEach((part) => part.copyInheritedSettings(program))
    program.addCommand(command)
  }
  await program.parseAsync(args, { from: 'user' })
  return { ...read }
}
