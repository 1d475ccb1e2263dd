/** A test's own one-node Slurm cluster: Debian's packages slurmctld, slurmd and munge, run by root. */
import { execFile, spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { freePort } from '../../bulk/moto'

/** Not required anywhere: Slurm's daemons need root and their own services. */
export const hasSlurm =
  process.getuid?.() === 0 && ['slurmctld', 'slurmd', 'munged'].every((name) => spawnSync(name, ['-V']).status === 0)

export interface Slurm {
  /** Runs one of Slurm's commands, such as `sbatch`, in the cluster's folder. @returns its output */
  command(name: string, ...args: readonly string[]): Promise<string>
  stop(): Promise<void>
}

/** Starts it with two processors. Only root may change `folder` and those above it. */
export async function startSlurm(folder: string): Promise<Slurm> {
  const at = (name: string) => join(folder, name)
  mkdirSync(at('state'))
  mkdirSync(at('munge'), { mode: 0o700 })
  mkdirSync(at('socket'))
  writeFileSync(at('munge/key'), randomBytes(128), { mode: 0o600 })
  const [controller, node] = [await freePort(), await freePort()]
  writeFileSync(at('slurm.conf'), configuration(at, controller, node))
  const env = { ...process.env, SLURM_CONF: at('slurm.conf') }
  const daemons = [
    start('munged', ['--foreground', '--force', `--key-file=${at('munge/key')}`, `--socket=${at('socket/munge')}`, `--pid-file=${at('munge/pid')}`, `--log-file=${at('munge/log')}`, `--seed-file=${at('munge/seed')}`]), // prettier-ignore
    start('slurmctld', ['-D', '-f', at('slurm.conf')]),
    start('slurmd', ['-D', '-f', at('slurm.conf')]),
  ]
  const command = async (name: string, ...args: readonly string[]) =>
    (await promisify(execFile)(name, args, { cwd: folder, env })).stdout
  const stop = async () => {
    for (const daemon of [...daemons].reverse()) await end(daemon)
  }
  while (!(await command('sinfo', '--noheader', '--format=%T').catch(() => '')).startsWith('idle')) {
    const dead = daemons.find(({ exitCode }) => exitCode !== null)
    if (dead) {
      await stop()
      throw new Error(`${dead.spawnargs.join(' ')} ended with ${dead.exitCode}`)
    }
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  return { command, stop }
}

function configuration(at: (name: string) => string, controller: number, node: number): string {
  return `
ClusterName=test
SlurmctldHost=${hostname()}(127.0.0.1)
SlurmctldPort=${controller}
SlurmdPort=${node}
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=${at('socket/munge')}
CredType=cred/munge
StateSaveLocation=${at('state')}
SlurmdSpoolDir=${at('state')}/slurmd
SlurmctldPidFile=${at('state')}/slurmctld.pid
SlurmdPidFile=${at('state')}/slurmd.pid
SlurmctldLogFile=${at('state')}/slurmctld.log
SlurmdLogFile=${at('state')}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
SwitchType=switch/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerType=sched/builtin
NodeName=${hostname()} NodeAddr=127.0.0.1 CPUs=2 RealMemory=4000
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE
`
}

function start(name: string, args: readonly string[]): ChildProcess {
  return spawn(name, args, { stdio: 'ignore' })
}

async function end(daemon: ChildProcess): Promise<void> {
  if (daemon.exitCode !== null) return
  const ended = new Promise((resolve) => daemon.once('exit', resolve))
  daemon.kill('SIGTERM')
  await ended
}
