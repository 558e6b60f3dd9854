import { reasonOf } from '../domain/reason.ts'

/** Functions that one thread lets another call; what they take and give is plain data. */
export type Calls = { readonly [name: string]: (...args: never[]) => unknown }

/** One end of the line between two threads: ours answers, theirs is called. Messages keep their order. */
export interface Channel<Theirs extends Calls> {
  /** Resolves with the answer; rejects where the call failed there, or the thread has ended. */
  ask<Name extends keyof Theirs>(
    name: Name,
    ...args: Parameters<Theirs[Name]>
  ): Promise<Awaited<ReturnType<Theirs[Name]>>>
  /** Calls without waiting for an answer. */
  tell<Name extends keyof Theirs>(name: Name, ...args: Parameters<Theirs[Name]>): void
  /** The same with octets whose memory changes hands. */
  give<Name extends keyof Theirs>(name: Name, octets: Uint8Array<ArrayBuffer>): void
  /** Says to all who wait, and to all who ask from now on, that no answer will come. */
  answersNoMore(): void
  /** The same; nor is anything told. */
  close(): void
}

/** A `Worker`, or a thread's `parentPort`. */
export interface Wire {
  postMessage(message: unknown, transferred: ArrayBuffer[]): void
  on(event: string, listener: (message: Message) => void): unknown
}

export function openChannel<Theirs extends Calls>(wire: Wire, ours: Calls): Channel<Theirs> {
  const waiting = new Map<number, Waiting>()
  let asked = 0
  let isAnswered = true
  let isClosed = false
  const answersNoMore = () => {
    isAnswered = false
    for (const { reject } of waiting.values()) reject(new Error(ENDED))
    waiting.clear()
  }
  wire.on('message', async ([kind, id, name, content]: Message) => {
    if (kind !== 'call') {
      const asker = waiting.get(id)
      waiting.delete(id)
      return kind === 'answer' ? asker?.resolve(content) : asker?.reject(new Error(content as string))
    }
    if (id === NO_ANSWER) return void ours[name]!(...(content as never[]))
    try {
      wire.postMessage(['answer', id, name, await ours[name]!(...(content as never[]))], [])
    } catch (problem) {
      const told = reasonOf(problem)
      wire.postMessage(['failure', id, name, told], [])
    }
  })
  return {
    ask: (name, ...args) =>
      new Promise((resolve, reject) => {
        if (!isAnswered) return reject(new Error(ENDED))
        const id = ++asked
        waiting.set(id, { resolve: resolve as Waiting['resolve'], reject })
        wire.postMessage(['call', id, name, args], [])
      }),
    tell: (name, ...args) => {
      if (!isClosed) wire.postMessage(['call', NO_ANSWER, name, args], [])
    },
    give: (name, octets) => {
      if (!isClosed) wire.postMessage(['call', NO_ANSWER, name, [octets]], [octets.buffer])
    },
    answersNoMore,
    close: () => {
      isClosed = true
      answersNoMore()
    },
  }
}

interface Waiting {
  resolve(answer: unknown): void
  reject(problem: Error): void
}

type Message = readonly [kind: 'call' | 'answer' | 'failure', id: number, name: string, content: unknown]

const NO_ANSWER = 0
const ENDED = 'the thread has ended'
