import { describe, expect, it } from 'vitest'
import { type parse, parseAllDocuments } from 'yaml'
import { decoded, documentOf } from './config/sample.ts'
import { readText } from './support/source.ts'

/** Whatever a manifest holds. */
type Node = ReturnType<typeof parse>

const documents = parseAllDocuments(readText('deploy/kubernetes/sidecar.yaml'))
const objects: Node[] = documents.map((document) => document.toJS())
const object = (kind: string): Node => objects.find((each) => each.kind === kind)
const written: string = object('ConfigMap').data['holdfast.yaml']
const { spec } = object('Deployment')
const pod = spec.template.spec
const [container, application]: Node[] = pod.containers

describe('the manifest for Kubernetes', () => {
  it('is YAML, and its configuration is right', () => {
    expect(documents.flatMap(({ errors, warnings }) => [...errors, ...warnings])).toEqual([])
    expect(decoded(written).problems).toEqual([])
  })

  it('has one process for the origin, at an update too', () => {
    expect(spec.replicas).toBe(1)
    expect(spec.strategy).toEqual({ type: 'Recreate' })
  })

  it('waits for longer than the gateway takes to end', () => {
    const tail = 13 // ENDED_WITHIN of runtime/gateway.ts, LAST_WORDS of runtime/end.ts
    const drained = container.lifecycle.preStop.sleep.seconds + documentOf(written).drain_timeout / 1000
    expect(pod.terminationGracePeriodSeconds).toBeGreaterThan(drained + tail)
    expect(application.lifecycle.preStop.sleep.seconds).toBeGreaterThan(drained)
  })

  it('mounts every file that the configuration names', () => {
    const [{ tls }] = documentOf(written).listeners as [Node]
    const secret = mounted('tls') // of the type kubernetes.io/tls, which has these two keys
    expect(tls).toMatchObject({ certificate: `${secret}/tls.crt`, private_key: `${secret}/tls.key` })
    expect(readText('Dockerfile')).toContain(`"${mounted('configuration')}/holdfast.yaml"`)
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
    expect(port.containerPort).toBe(documentOf(written).listeners[0]!.bind.port)
    expect(spec.template.metadata.labels).toMatchObject(object('Service').spec.selector)
  })

  it('is probed and scraped where that changes nothing, and from outside of the pod', () => {
    const { monitoring } = documentOf(written)
    const { port } = monitoring!.bind
    const { name } = container.ports.find(({ containerPort }: Node) => containerPort === port)
    expect(monitoring!.bind.host).toBe('0.0.0.0')
    const asked = ['startupProbe', 'readinessProbe', 'livenessProbe'].map((probe) => container[probe].httpGet)
    expect(asked).toEqual(['/readyz', '/readyz', '/livez'].map((path) => ({ path, port: name })))
    const { annotations } = spec.template.metadata
    expect(annotations).toEqual({ 'prometheus.io/scrape': 'true', 'prometheus.io/port': `${port}` })
  })
})

function mounted(name: string): string {
  return container.volumeMounts.find((mount: Node) => mount.name === name).mountPath
}
