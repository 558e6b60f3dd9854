import { posix } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'
import { decoded, documentOf } from './config/sample.ts'
import { ENDED_AFTER_DRAIN } from './support/ending.ts'
import { readText } from './support/source.ts'

/** Whatever a manifest holds. */
type Node = ReturnType<typeof parse>

const sidecar = manifest('sidecar.yaml')
const gateway = manifest('gateway.yaml')

describe.each([sidecar, gateway])('$name', (each) => {
  const { documents, object, written, document, spec, pod, container } = each

  it('is YAML, and its configuration is right', () => {
    expect(documents.flatMap(({ errors, warnings }) => [...errors, ...warnings])).toEqual([])
    expect(decoded(written).problems).toEqual([])
  })

  it('waits for longer than the gateway takes to end', () => {
    expect(pod.terminationGracePeriodSeconds).toBeGreaterThan(drained(each) + ENDED_AFTER_DRAIN)
  })

  it('has memory for all connections that there may be, beside what it requests', () => {
    const { requests, limits } = container.resources
    const connections = document.listeners[0]!.limits.max_connections * A_CONNECTION
    expect(mebibytes(limits.memory) - mebibytes(requests.memory)).toBeGreaterThan(connections)
  })

  it('mounts every file that the configuration names', () => {
    const named = namedFiles(parse(written))
    expect(named.length).toBeGreaterThan(1)
    expect(named.filter((path) => !mountedFiles(each).includes(path))).toEqual([])
    const [, started] = /"(\/\S+\/holdfast\.yaml)"/.exec(readText('Dockerfile'))!
    expect(mountedFiles(each)).toContain(started)
  })

  it('runs as the user of the image, who is a number and not root', () => {
    const { runAsNonRoot, runAsUser, runAsGroup, fsGroup } = pod.securityContext
    expect(readText('Dockerfile')).toContain(`\nUSER ${runAsUser}:${runAsGroup}\n`)
    expect(fsGroup).toBe(runAsGroup)
    expect(runAsNonRoot && runAsUser > 0).toBe(true)
  })

  it('leads from the service to the listener', () => {
    const [{ targetPort }] = object('Service').spec.ports
    const port = container.ports.find(({ name }: Node) => name === targetPort)
    expect(port.containerPort).toBe(document.listeners[0]!.bind.port)
    expect(spec.template.metadata.labels).toMatchObject(object('Service').spec.selector)
  })

  it('is probed and scraped where that changes nothing, and from outside of the pod', () => {
    const { host, port } = document.monitoring!.bind
    const { name } = container.ports.find(({ containerPort }: Node) => containerPort === port)
    expect(host).toBe('0.0.0.0')
    const asked = ['startupProbe', 'readinessProbe', 'livenessProbe'].map((probe) => container[probe].httpGet)
    expect(asked).toEqual(['/livez', '/readyz', '/livez'].map((path) => ({ path, port: name })))
    const { annotations } = spec.template.metadata
    expect(annotations).toEqual({ 'prometheus.io/scrape': 'true', 'prometheus.io/port': `${port}` })
  })

  it('lets anyone in at the listener, and Prometheus alone where it is watched', () => {
    const { podSelector, ingress } = object('NetworkPolicy').spec
    expect(podSelector).toEqual({ matchLabels: spec.template.metadata.labels })
    const [listener, monitoring, ...others] = ingress
    expect(listener).toEqual({ ports: [{ port: document.listeners[0]!.bind.port }] })
    expect(monitoring).toEqual({
      ports: [{ port: document.monitoring!.bind.port }],
      from: [{ namespaceSelector: { matchLabels: { [NAMESPACE]: 'monitoring' } } }],
    })
    expect(others).toEqual([])
  })
})

describe('the sidecar', () => {
  it('is one process for the origin, at an update too', () => {
    expect(sidecar.spec.replicas).toBe(1)
    expect(sidecar.spec.strategy).toEqual({ type: 'Recreate' })
  })

  it('has a service that answers for as long as it drains', () => {
    const [, application] = sidecar.pod.containers
    expect(application.lifecycle.preStop.sleep.seconds).toBeGreaterThan(drained(sidecar))
  })
})

describe('the central gateway', () => {
  const { object, document, spec, pod, container } = gateway

  it('has replicas that share what was spent and the secret of nonces', () => {
    expect(spec.replicas).toBeGreaterThan(1)
    expect(document.replay.store).toBe('redis')
    expect(document.dpop_nonce.secret_file).toHaveLength(1)
  })

  it('loses no replica at an update, and one at a time where nodes are emptied', () => {
    expect(spec.strategy).toMatchObject({ type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0 } })
    expect(object('PodDisruptionBudget').spec.maxUnavailable).toBe(1)
  })

  it('means its own pods wherever it selects', () => {
    const { labels } = spec.template.metadata
    const selectors = [
      spec.selector,
      object('PodDisruptionBudget').spec.selector,
      ...pod.topologySpreadConstraints.map(({ labelSelector }: Node) => labelSelector),
    ]
    expect(selectors).toEqual(selectors.map(() => ({ matchLabels: labels })))
  })

  it('has a CPU for each thread', () => {
    expect(Number(container.resources.requests.cpu)).toBe(document.threads)
  })

  it('lets nothing out but to names, the authorization server, Redis and the upstreams', () => {
    const upstreams = Object.values(document.upstreams).map(({ url }) => url)
    const hosts = [document.replay.redis!.url!, ...upstreams].map((url) => new URL(url))
    const inside = hosts.map(({ hostname, port }) => `${hostname.split('.')[1]}:${port}`)
    const wanted = ['kube-system:53', 'outside:443', ...inside]
    expect(new Set(object('NetworkPolicy').spec.egress.flatMap(destinations))).toEqual(new Set(wanted))
  })
})

function mebibytes(quantity: string): number {
  const [, digits, unit] = /^(\d+)(Mi|Gi)$/.exec(quantity)!
  return Number(digits) * (unit === 'Gi' ? 1024 : 1)
}

function manifest(name: string) {
  const text = readText(`deploy/kubernetes/${name}`)
  const documents = parseAllDocuments(text)
  const objects: Node[] = documents.map((document) => document.toJS())
  const object = (kind: string): Node => objects.find((each) => each.kind === kind)
  const { spec } = object('Deployment')
  const pod = spec.template.spec
  const container: Node = pod.containers[0]
  // Within the manifest, or in the file that its ConfigMap is made of.
  const [, file] = /--from-file=holdfast\.yaml=(\S+)/.exec(text) ?? []
  const written: string = file === undefined ? object('ConfigMap').data['holdfast.yaml'] : readText(file)
  return { name, documents, object, written, document: documentOf(written), spec, pod, container }
}

type Manifest = ReturnType<typeof manifest>

/** Seconds until the last request that is let finish has ended. */
function drained({ container, document }: Manifest): number {
  return container.lifecycle.preStop.sleep.seconds + document.drain_timeout / 1000
}

/** Texts that are absolute paths of files; the `path` of a route is none. */
function namedFiles(value: unknown, key = ''): string[] {
  if (typeof value === 'string') return key !== 'path' && value.startsWith('/') ? [value] : []
  return Object.entries(value ?? {}).flatMap(([inner, child]) => namedFiles(child, inner))
}

function mountedFiles({ pod, container }: Manifest): string[] {
  return container.volumeMounts.flatMap(({ name, mountPath }: Node) => {
    const { secret, configMap } = pod.volumes.find((volume: Node) => volume.name === name)
    const { items } = secret ?? configMap
    // Of which no keys are named: the configuration, and a Secret of the type kubernetes.io/tls, which has these two.
    const keys = configMap === undefined ? ['tls.crt', 'tls.key'] : ['holdfast.yaml']
    const files: string[] = items?.map(({ path }: Node) => path) ?? keys
    return files.map((file) => posix.join(mountPath, file))
  })
}

function destinations({ ports, to }: Node): string[] {
  const namespaces = to.map(
    ({ namespaceSelector }: Node) => namespaceSelector?.matchLabels[NAMESPACE] ?? 'outside',
  )
  return namespaces.flatMap((namespace: string) => ports.map(({ port }: Node) => `${namespace}:${port}`))
}

/** MiB, as the runbook has it. */
const A_CONNECTION = 100 / 1024
const NAMESPACE = 'kubernetes.io/metadata.name'
