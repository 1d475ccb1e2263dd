/** The Kubernetes objects that the recipes use, and their known fields. */
import { expect } from 'vitest'

interface Named {
  readonly name: string
}

interface Container extends Named {
  readonly command?: readonly string[]
  readonly args?: readonly string[]
  readonly ports?: readonly object[]
  readonly volumeMounts?: readonly (Named & { readonly mountPath: string })[]
}

export interface PodSpec {
  readonly restartPolicy?: string
  readonly containers: readonly Container[]
  readonly volumes?: readonly Named[]
}

export interface Kubernetes {
  readonly apiVersion: string
  readonly kind: 'Job' | 'Service' | 'StatefulSet' | 'Deployment'
  readonly metadata: Named
  readonly spec: {
    readonly template?: { readonly metadata?: { readonly labels: object }; readonly spec: PodSpec }
    readonly selector?: object
    readonly ports?: readonly object[]
    readonly volumeClaimTemplates?: readonly { readonly metadata: Named }[]
    readonly completions?: number
    readonly parallelism?: number
    readonly serviceName?: string
  }
}

/** From the API reference, version 1.31. Add fields here when a recipe starts to use them. */
const fields = {
  object: ['apiVersion', 'kind', 'metadata', 'spec'],
  Job: ['activeDeadlineSeconds', 'backoffLimit', 'backoffLimitPerIndex', 'completionMode', 'completions', 'maxFailedIndexes', 'parallelism', 'podFailurePolicy', 'suspend', 'template', 'ttlSecondsAfterFinished'], // prettier-ignore
  Service: ['clusterIP', 'ports', 'selector', 'type'],
  StatefulSet: ['podManagementPolicy', 'replicas', 'selector', 'serviceName', 'template', 'updateStrategy', 'volumeClaimTemplates'], // prettier-ignore
  Deployment: ['minReadySeconds', 'replicas', 'selector', 'strategy', 'template'],
  pod: ['affinity', 'containers', 'imagePullSecrets', 'initContainers', 'nodeSelector', 'restartPolicy', 'securityContext', 'serviceAccountName', 'terminationGracePeriodSeconds', 'tolerations', 'volumes'], // prettier-ignore
  container: ['args', 'command', 'env', 'envFrom', 'image', 'imagePullPolicy', 'livenessProbe', 'name', 'ports', 'readinessProbe', 'resources', 'securityContext', 'startupProbe', 'volumeMounts', 'workingDir'], // prettier-ignore
}

/** Kubernetes ignores unknown fields, so a typo would go unnoticed. */
export function checkFields({ kind, spec, ...rest }: Kubernetes): void {
  expectKnown({ kind, spec, ...rest }, fields.object)
  expectKnown(spec, fields[kind])
  if (!spec.template) return
  expectKnown(spec.template, ['metadata', 'spec'])
  expectKnown(spec.template.spec, fields.pod)
  for (const container of spec.template.spec.containers) expectKnown(container, fields.container)
}

function expectKnown(object: object, known: readonly string[]): void {
  expect(Object.keys(object).filter((name) => !known.includes(name))).toEqual([])
}
