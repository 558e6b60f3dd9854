import { setTimeout as wait } from 'node:timers/promises'
import { freshKey } from '../support/keys.ts'
import type { Excuses } from './excuses.ts'
import type { Stage, UpstreamName } from './stage.ts'

/** What happens meanwhile, one thing after the other, until told to end. */
export class Disturbance {
  readonly counts = {
    kills: 0,
    reloads: 0,
    'issuer away': 0,
    'introspection away': 0,
    'issuer has a new key': 0,
  }
  readonly #stage: Stage
  readonly #excuses: Excuses
  readonly #onNewKey: () => void

  constructor(stage: Stage, excuses: Excuses, onNewKey: () => void) {
    this.#stage = stage
    this.#excuses = excuses
    this.#onNewKey = onNewKey
  }

  /** `pause` in milliseconds between two of them. */
  async run(pause: number, isOver: () => boolean): Promise<void> {
    const events = [
      () => this.#kill('accounts', 300),
      () => this.#reload(),
      () => this.#introspectionAway(pause / 2),
      () => this.#kill('payments', 2_000),
      () => this.#issuerAway(pause),
      () => this.#kill('payments', 0),
      () => this.#newKey(),
      () => this.#kill('accounts', 1_500),
    ]
    for (let at = 0; !isOver(); at++) {
      await until(performance.now() + pause, isOver)
      if (!isOver()) await events[at % events.length]!()
    }
  }

  async #kill(name: UpstreamName, awayFor: number): Promise<void> {
    this.#excuses.isAway(name)
    await this.#stage.upstreams[name].kill()
    await wait(awayFor)
    await this.#stage.upstreams[name].start()
    this.#excuses.isBack(name, LAG)
    this.counts.kills++
  }

  async #reload(): Promise<void> {
    this.#stage.reconfigure()
    process.kill(this.#stage.gateway.pid, 'SIGHUP')
    this.counts.reloads++
    await wait(500)
  }

  async #issuerAway(awayFor: number): Promise<void> {
    await this.#stage.issuer.down()
    await wait(awayFor)
    await this.#stage.issuer.up()
    this.counts['issuer away']++
  }

  async #introspectionAway(awayFor: number): Promise<void> {
    const { server } = this.#stage.introspection
    this.#excuses.isAway('introspection')
    await server.kill()
    await wait(awayFor)
    await server.start()
    this.#excuses.isBack('introspection', LAG)
    this.counts['introspection away']++
  }

  /** Who asks for keys that do not exist keeps a new one from being fetched at once. */
  async #newKey(): Promise<void> {
    const { issuer } = this.#stage
    this.#excuses.isAway('issuer')
    issuer.keys = [
      ...issuer.keys.slice(-1),
      freshKey('ES256', `key-${this.counts['issuer has a new key']++}`),
    ]
    this.#onNewKey()
    this.#excuses.isBack('issuer', KEY_LAG)
  }
}

async function until(time: number, isOver: () => boolean): Promise<void> {
  while (performance.now() < time && !isOver()) await wait(100)
}

/** Milliseconds: what was under way when it came back may still fail of it, later where the machine is busy. */
const LAG = 5_000
const KEY_LAG = 60_000
