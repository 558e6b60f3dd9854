import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished } from 'vitest'
import { completed, type GatewayConfig, ROUTES, startGateway, type TestGateway } from '../support/gateway.ts'
import { startUpstream } from '../support/wire-upstream.ts'

/** What the gateway says of a reload. */
interface Reload {
  readonly status: number
  readonly snapshot?: string
  readonly msg?: string
  readonly problems?: readonly string[]
}

/** A gateway of two threads before an upstream, by `ROUTES` unless the changes have others. */
export interface Reloading {
  readonly gateway: TestGateway
  rewrite(changes: object): Promise<void>
  reload(): Promise<Reload>
  turnTo(changes: object): Promise<Reload>
}

/** Until the test is over. */
export async function startReloading(changes: object = {}, env: NodeJS.ProcessEnv = {}): Promise<Reloading> {
  const upstream = await startUpstream()
  onTestFinished(upstream.close)
  const config = (more: object) => ({
    threads: 2,
    upstreams: { bank: { url: `http://127.0.0.1:${upstream.port}` } },
    routes: ROUTES,
    ...more,
  })
  const gateway = await startGateway(config(changes), env)
  onTestFinished(() => gateway.stop())
  return {
    gateway,
    rewrite: (more) => rewrite(gateway, config(more)),
    reload: () => reload(gateway),
    turnTo: (more) => turnTo(gateway, config(more)),
  }
}

/** Puts another configuration in the place of the one that runs. */
async function rewrite({ folder }: TestGateway, config: GatewayConfig): Promise<void> {
  await writeFile(join(folder, 'gateway.yaml'), JSON.stringify(await completed(config)))
}

async function reload({ admin }: TestGateway): Promise<Reload> {
  const answer = await fetch(`http://127.0.0.1:${admin}/reload`, { method: 'POST' })
  return { status: answer.status, ...((await answer.json()) as object) }
}

/** Both, and it must succeed. */
export async function turnTo(gateway: TestGateway, config: GatewayConfig): Promise<Reload> {
  await rewrite(gateway, config)
  const reloaded = await reload(gateway)
  expect(reloaded).toMatchObject({ status: 200 })
  return reloaded
}
