/** The command lines and the files of examples/scale. `slurm.test.ts` and `spark.test.ts` run two of them. */
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'
import manifest from '../../../package.json'
import { callsOf, optionsOf, shellBlocksOf } from './command-lines'
import { checkFields, type Kubernetes, type PodSpec } from './kubernetes'

const at = (name: string) => `examples/scale/${name}`
const read = (name: string) => readFileSync(at(name), 'utf8')
const yamlOf = (name: string) => parseAllDocuments(read(name), { strict: true }).map((document) => {
  expect(document.errors).toEqual([])
  return document.toJS() as Kubernetes
}) // prettier-ignore

const shards = expect.stringMatching(/\{00000\.\.\d+\}\.tar$/) as unknown
const seventh = { index: 7, count: 16 }

describe('command lines in the documents', () => {
  const linesOf = (page: string) => shellBlocksOf(page).flatMap((block) => callsOf(block))
  const calls = ['docs/scale.md', at('README.md')].flatMap(linesOf)
  const inReference = linesOf('docs/cli.md').filter(([, verb]) => ['embed', 'work', 'index', 'search'].includes(verb!))
  const lines = [...calls, ...inReference].map((call) => ({ line: call.join(' '), args: argumentsIn(call) }))

  it.each(lines.filter(({ args }) => args))('$line', async ({ args }) => {
    await expect(optionsOf(args!)).resolves.toBeTruthy()
  })

  it('are found, and name files that exist', () => {
    expect(lines.filter(({ args }) => args).length).toBeGreaterThan(30)
    const files = calls.flatMap((call) => call.join(' ').match(/[\w-]+\.(?:sbatch|yaml|py|json)\b/g) ?? [])
    expect(files.filter((file) => !readdirSync('examples/scale').includes(file))).toEqual([])
    expect(new Set(files)).toEqual(new Set(['embed.sbatch', 'job.yaml', 'workers.yaml', 'aws-batch.json', 'spark.py']))
  })

  it('of a name that does not exist would be found', async () => {
    await expect(optionsOf(['embed', '--shard', 'x.tar'])).rejects.toThrow('unknown option')
    await expect(optionsOf(['work', 'begin'])).rejects.toThrow()
  })
})

/** The arguments that a call passes to `dreamlip`, directly or through an engine; undefined if it does not call it. */
function argumentsIn(call: readonly string[]): readonly string[] | undefined {
  const [program, ...rest] = call
  if (program === 'npx') return argumentsIn(rest)
  if (program === 'dreamlip' || program?.endsWith('.bin/dreamlip')) return rest
  if (program === 'sbatch') return ['embed', ...rest.slice(rest.indexOf('embed.sbatch') + 1)]
  const [own, passed] = [rest.slice(0, rest.indexOf('--')), rest.slice(rest.indexOf('--') + 1)]
  if (program === 'kubectl' && own.includes('exec')) return argumentsIn(passed)
  if (program === 'spark-submit') return ['embed', '--out', own[own.indexOf('--out') + 1]!, ...passed]
  return undefined
}

describe('embed.sbatch', () => {
  const task = { SLURM_ARRAY_TASK_ID: '7', SLURM_ARRAY_TASK_COUNT: '16', SLURM_CPUS_PER_TASK: '8' }
  const run = (env: Record<string, string>) =>
    callsOf(read('embed.sbatch'), env, ['--shards', '{0..9}.tar', '--out', 'x'])

  it('embeds the part of its task, with the options that it was given', async () => {
    const [call] = run(task)
    expect(await optionsOf(argumentsIn(call!)!)).toMatchObject({ partition: seventh, shards: '{0..9}.tar', out: 'x' })
  })

  it('keeps to the number of parts if only some tasks are submitted', async () => {
    const [call] = run({ ...task, SLURM_ARRAY_TASK_COUNT: '1', PARTS: '16' })
    expect(await optionsOf(argumentsIn(call!)!)).toMatchObject({ partition: seventh })
  })
})

describe('job.yaml', () => {
  const [job] = yamlOf('job.yaml')
  const pod = job!.spec.template!.spec

  it('is an Indexed Job whose pods embed as many parts as there are pods', async () => {
    expect(job).toMatchObject({ apiVersion: 'batch/v1', kind: 'Job', spec: { completionMode: 'Indexed' } })
    const { completions, parallelism } = job!.spec
    const command = pod.containers[0]!.command!.map((word) => word.replace('$(JOB_COMPLETION_INDEX)', '7'))
    expect(await optionsOf(argumentsIn(command)!)).toMatchObject({ partition: seventh, shards, model: '/models/vitb16.pt' }) // prettier-ignore
    expect([completions, parallelism]).toEqual([16, 16])
  })

  it('never restarts a container in its pod, which limits per index and rules for failures demand', () => {
    expect(pod.restartPolicy).toBe('Never')
    expect(job!.spec).toMatchObject({ backoffLimitPerIndex: 10, podFailurePolicy: { rules: [{ action: 'Ignore' }, { action: 'FailJob', onExitCodes: { operator: 'In', values: [2] } }] } }) // prettier-ignore
  })

  it('has only fields that Kubernetes knows', () => checkFields(job!))

  it('mounts its volumes', () => expectMounted(pod))
})

describe('workers.yaml', () => {
  const [service, store, workers] = yamlOf('workers.yaml')
  const [storePod, workerPod] = [store, workers].map((one) => one!.spec.template!.spec) as [PodSpec, PodSpec]

  it('has a service, a store for the queue, and workers', () => {
    const kinds = yamlOf('workers.yaml').map(({ apiVersion, kind }) => `${apiVersion} ${kind}`)
    expect(kinds).toEqual(['v1 Service', 'apps/v1 StatefulSet', 'apps/v1 Deployment'])
  })

  it('runs workers that find the queue at the address of the service', async () => {
    const { name } = service!.metadata
    const [{ port }] = service!.spec.ports as [{ port: number }]
    const options = await optionsOf(argumentsIn(workerPod.containers[0]!.command!)!)
    expect(options).toMatchObject({ redis: `redis://${name}:${port}`, model: '/models/vitb16.pt' })
    expect(storePod.containers[0]!.ports).toEqual([{ containerPort: port }])
  })

  it('selects pods by their labels', () => {
    expect(service!.spec.selector).toEqual(store!.spec.template!.metadata!.labels)
    for (const one of [store, workers]) {
      expect(one!.spec.selector).toEqual({ matchLabels: one!.spec.template!.metadata!.labels })
    }
    expect(store!.spec.serviceName).toBe(service!.metadata.name)
  })

  it('keeps the queue on a disk, and drops nothing from it', () => {
    expect(storePod.containers[0]!.args!.join(' ')).toBe(
      '--appendonly yes --maxmemory 900mb --maxmemory-policy noeviction',
    )
    const claims = store!.spec.volumeClaimTemplates!.map(({ metadata }) => metadata.name)
    expect(storePod.containers[0]!.volumeMounts).toEqual([{ name: claims[0], mountPath: '/data' }])
  })

  it('has the image, the model and the keys of job.yaml', () => {
    const { command: _, name: __, ...inJob } = yamlOf('job.yaml')[0]!.spec.template!.spec.containers[0]!
    expect(workerPod.containers[0]).toMatchObject(inJob)
  })

  it('has only fields that Kubernetes knows', () => [service!, store!, workers!].forEach(checkFields))

  it('mounts its volumes', () => expectMounted(workerPod))

  it('is used as its first lines say', async () => {
    const commands = [...read('workers.yaml').matchAll(/^# {3}(.*)$/gm)].flatMap(([, line]) => callsOf(line!))
    const args = commands.flatMap((call) => (argumentsIn(call) ? [argumentsIn(call)!] : []))
    expect(args).toHaveLength(2)
    for (const words of args) expect((await optionsOf(words)).redis).toBe('redis://dreamlip-queue:6379')
  })
})

function expectMounted({ containers, volumes = [] }: PodSpec): void {
  const mounted = containers.flatMap(({ volumeMounts = [] }) => volumeMounts.map(({ name }) => name))
  expect(mounted).toEqual(volumes.map(({ name }) => name))
}

describe('aws-batch.json', () => {
  const job = JSON.parse(read('aws-batch.json')) as {
    parameters: Record<string, string>
    containerProperties: { command: string[]; image: string; environment: { name: string; value: string }[]; resourceRequirements: { type: string; value: string }[] } // prettier-ignore
  }

  it('embeds the part of its place in the array, with the parameters of the job', async () => {
    const words = job.containerProperties.command.map((word) => word.replace(/^Ref::(\w+)$/, (_, name: string) => job.parameters[name]!)) // prettier-ignore
    expect(words.slice(0, 2)).toEqual(['sh', '-c'])
    const array = { AWS_BATCH_JOB_ARRAY_INDEX: '7', AWS_BATCH_JOB_ARRAY_SIZE: '16' }
    const [call] = callsOf(words[2]!, array, words.slice(4))
    expect(await optionsOf(argumentsIn(call!)!)).toMatchObject({ partition: seventh, ...job.parameters })
  })

  it('computes with the processors that it asks for', () => {
    const { environment, resourceRequirements } = job.containerProperties
    expect(environment).toEqual([{ name: 'DREAMLIP_THREADS', value: resourceRequirements.find(({ type }) => type === 'VCPU')!.value }]) // prettier-ignore
  })

  /** The names were compared with the model of the API in botocore 1.44.8, whose validator accepts the file. */
  it('has only fields that AWS Batch knows', () => {
    const known = ['jobDefinitionName', 'type', 'parameters', 'schedulingPriority', 'containerProperties', 'retryStrategy', 'propagateTags', 'timeout', 'tags', 'platformCapabilities'] // prettier-ignore
    const ofContainer = ['image', 'command', 'jobRoleArn', 'executionRoleArn', 'volumes', 'environment', 'mountPoints', 'ulimits', 'user', 'resourceRequirements', 'linuxParameters', 'logConfiguration', 'secrets'] // prettier-ignore
    expect(Object.keys(job).filter((name) => !known.includes(name))).toEqual([])
    expect(Object.keys(job.containerProperties).filter((name) => !ofContainer.includes(name))).toEqual([])
    expect(job).toMatchObject({ type: 'container', retryStrategy: { evaluateOnExit: [{ onExitCode: '2', action: 'EXIT' }, { onReason: '*', action: 'RETRY' }] } }) // prettier-ignore
  })
})

describe('Dockerfile', () => {
  it('installs dreamlip with the optional packages of the queue and of S3', () => {
    const [, installed] = /npm install ([^&]+) &&/.exec(read('Dockerfile'))!
    const [first, ...others] = installed!.split(' ')
    expect([first, others]).toEqual(['dreamlip', ['@aws-sdk/client-s3', 'bullmq', 'ioredis']])
    expect(Object.keys(manifest.peerDependencies)).toEqual(expect.arrayContaining(others))
  })

  it('is the image that the recipes name', () => {
    const [, image] = /docker build -t (\S+) examples\/scale/.exec(read('Dockerfile'))!
    for (const file of ['job.yaml', 'workers.yaml', 'aws-batch.json']) expect(read(file)).toContain(image)
  })
})
