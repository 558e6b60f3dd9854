import { extname } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { Worker } from 'node:worker_threads'
import type { ProcessLog } from '../services/log/log.ts'
import type { ThreadReading } from '../services/metrics/control-metrics.ts'
import type { Address, ControlCalls, ThreadCalls, ThreadStart } from './calls.ts'
import { type Channel, openChannel } from './channel.ts'

export interface ThreadsOptions {
  readonly count: number
  readonly addresses: readonly Address[]
  /** What a thread is given that begins now. */
  readonly start: (thread: number) => ThreadStart
  /** Tells a thread that begins what the others know already, before it serves. */
  readonly greet: (thread: Channel<ThreadCalls>) => void
  readonly control: ControlCalls
  readonly log: ProcessLog
  readonly onDeath: (thread: number) => void
}

/** The threads that serve requests. One that ends is replaced: its connections are the only loss. */
export class Threads {
  readonly #options: ThreadsOptions
  readonly #living = new Map<number, Living>()
  #isEnding = false

  constructor(options: ThreadsOptions) {
    this.#options = options
  }

  /** Resolves with the id of the snapshot when all of them serve it; rejects where one cannot. */
  async begin(): Promise<string> {
    for (const flag of HEAP_FLAGS) setFlagsFromString(flag)
    const numbers = Array.from({ length: this.#options.count }, (_, at) => at + 1)
    const [id] = await Promise.all(numbers.map((thread) => this.#begin(thread)))
    return id as string
  }

  /** How many serve. */
  get serving(): number {
    return [...this.#living.values()].filter(({ serves }) => serves).length
  }

  /** Resolves with the answers by thread when all that live have answered; one that ends meanwhile has none. */
  async ask<Name extends keyof ThreadCalls>(
    name: Name,
    ...args: Parameters<ThreadCalls[Name]>
  ): Promise<ReadonlyMap<number, Answer<Name>>> {
    const answers = new Map<number, Answer<Name>>()
    await this.hear(name, (thread, answer) => void answers.set(thread, answer), ...args)
    return answers
  }

  /** The same with each answer as it comes, so while its thread lives, whatever keeps another. */
  async hear<Name extends keyof ThreadCalls>(
    name: Name,
    hears: (thread: number, answer: Answer<Name>) => void,
    ...args: Parameters<ThreadCalls[Name]>
  ): Promise<void> {
    const asked = [...this.#living].map(async ([thread, living]) => {
      try {
        hears(thread, await living.channel.ask(name, ...args))
      } catch (problem) {
        if (this.#living.get(thread) === living) throw problem
      }
    })
    await Promise.all(asked)
  }

  /** Resolves when every thread has reached the ledger of all replicas, those that replace others too. */
  async reachLedger(): Promise<void> {
    const { count } = this.#options
    while (!this.#isEnding && (await this.ask('reachesLedger')).size < count) await wait(AGAIN)
  }

  /** All serve what they prepared. One that began since they hold and prepared nothing is ended; its successor has it. */
  async swap(id: string): Promise<void> {
    const swapped = [...this.#living.values()].map(async ({ channel, worker }) => {
      const theirs = await channel.ask('swap', id).catch(() => null)
      if (theirs !== id) await worker.terminate()
    })
    await Promise.all(swapped)
  }

  tell<Name extends keyof ThreadCalls>(name: Name, ...args: Parameters<ThreadCalls[Name]>): void {
    for (const { channel } of this.#living.values()) channel.tell(name, ...args)
  }

  *readings(): Iterable<ThreadReading> {
    for (const [thread, living] of this.#living) {
      const now = living.worker.performance.eventLoopUtilization()
      yield {
        thread,
        utilization: living.worker.performance.eventLoopUtilization(now, living.told).utilization,
      }
      living.told = now
    }
  }

  /** Lets requests under way finish, within so many milliseconds, and ends the threads. */
  async stop(within: number): Promise<void> {
    this.#isEnding = true
    await Promise.all([...this.#living].map((each) => this.#end(each, within)))
  }

  /** Asks it to end by itself, so that it can write what it has to; after a while it is ended. */
  async #end([thread, living]: readonly [number, Living], within: number): Promise<void> {
    const { log } = this.#options
    const { channel, worker } = living
    const drained = channel.ask('drain', within).then(() => null, String)
    const detail = await Promise.race([drained, wait(within + END_WITHIN, 'no answer', { ref: false })])
    if (this.#living.get(thread) !== living) return
    if (detail !== null) log.error('thread did not drain', { thread, detail })
    const ended = exitOf(worker)
    channel.tell('end')
    const timer = setTimeout(() => {
      log.error('thread did not end by itself', { thread })
      void worker.terminate()
    }, END_WITHIN)
    await ended
    clearTimeout(timer)
  }

  async #begin(thread: number): Promise<string> {
    const { start, greet, control, log, addresses } = this.#options
    const worker = new Worker(ENTRY, { workerData: start(thread), name: `serving ${thread}` })
    const channel = openChannel<ThreadCalls>(worker, control)
    const living: Living = {
      worker,
      channel,
      serves: false,
      told: worker.performance.eventLoopUtilization(),
    }
    this.#living.set(thread, living)
    let fault: unknown = null
    worker.on('error', (error) => {
      fault = error
    })
    const ended = exitOf(worker).then(() => {
      this.#living.delete(thread)
      channel.close()
    })
    let id: string
    try {
      greet(channel)
      id = await channel.ask('open', addresses)
    } catch (problem) {
      void worker.terminate()
      await ended
      throw fault ?? problem
    }
    living.serves = true
    void this.#watch(thread, living)
    void ended.then(() => {
      if (this.#isEnding) return
      log.error('thread ended', { thread, detail: fault instanceof Error ? fault.stack : fault })
      this.#options.onDeath(thread)
      void this.#replace(thread)
    })
    return id
  }

  /** One that has not answered for so long is stuck, and is ended: its successor serves the connections to come. */
  async #watch(thread: number, living: Living): Promise<void> {
    while (this.#living.get(thread) === living && !this.#isEnding) {
      let hasAnswered = false
      const answer = living.channel.ask('alive').catch(() => {})
      void answer.then(() => {
        hasAnswered = true
      })
      // In parts: where the whole process was held up the time is over before the answer is read, and takes one of them alone.
      for (let waited = 0; waited < STUCK_AFTER && !hasAnswered; waited += WATCHED_EVERY)
        await Promise.race([answer, wait(WATCHED_EVERY, undefined, { ref: false })])
      if (!hasAnswered && !this.#isEnding) {
        const { log } = this.#options
        log.error('thread does not answer', { thread, seconds: STUCK_AFTER / 1000 })
        // Ended from outside it reads on and runs nothing of ours, so Node may abort the process (see `Http2Sessions.cut`).
        await log.written(LAST_WORDS)
        await living.worker.terminate()
      }
      await wait(WATCHED_EVERY, undefined, { ref: false })
    }
  }

  /** Tries until it serves again, after longer and longer pauses. */
  async #replace(thread: number): Promise<void> {
    for (let pause = FIRST_PAUSE; !this.#isEnding; pause = Math.min(2 * pause, LONGEST_PAUSE)) {
      await wait(pause, undefined, { ref: false })
      try {
        if (this.#isEnding) return
        await this.#begin(thread)
        return this.#options.log.info('thread replaced', { thread })
      } catch (problem) {
        this.#options.log.error('thread not replaced', { thread, detail: String(problem) })
      }
    }
  }
}

/** Unlike `once` of the platform it waits past an error. */
function exitOf(worker: Worker): Promise<void> {
  return new Promise((resolve) => worker.once('exit', () => resolve()))
}

type Answer<Name extends keyof ThreadCalls> = Awaited<ReturnType<ThreadCalls[Name]>>

interface Living {
  readonly worker: Worker
  readonly channel: Channel<ThreadCalls>
  serves: boolean
  told: ReturnType<Worker['performance']['eventLoopUtilization']>
}

/** `.ts` in a checkout, `.js` in the package. */
const ENTRY = new URL(`./thread/thread${extname(import.meta.url)}`, import.meta.url)
/** Milliseconds. */
const FIRST_PAUSE = 100
const LONGEST_PAUSE = 10_000
const END_WITHIN = 5_000
const WATCHED_EVERY = 2_000
const STUCK_AFTER = 20_000
const AGAIN = 500
const LAST_WORDS = 1_000
const HEAP_FLAGS = [
  // MiB that a thread fills between two small collections, at least. V8 takes them from a thread that was idle and gives it 1, which it grows
  // out of by what survives; of requests nothing does, so it would go on collecting every hundred of them.
  '--min-semi-space-size=16',
  // In a thread that is idle V8 also drops the shapes of all objects that do not live just then, those of a request among them, and with
  // them whatever it compiled for them: thousands of the next requests cost more until it has compiled it again.
  '--no-memory-reducer',
]
