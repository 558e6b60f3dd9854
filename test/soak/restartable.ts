import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

/** A program of this folder, as a process that can be killed and started again as it was. */
export class Restartable {
  readonly #program: string
  readonly #args: readonly string[]
  #child: ChildProcess | null = null

  constructor(program: string, args: readonly string[]) {
    this.#program = join(import.meta.dirname, program)
    this.#args = args
  }

  async start(): Promise<void> {
    const child = fork(this.#program, this.#args)
    this.#child = child
    const ended = once(child, 'exit').then(() => {
      throw new Error(`${this.#program} did not start`)
    })
    await Promise.race([once(child, 'message'), ended])
  }

  /** At once, with whatever it has in hand. */
  async kill(): Promise<void> {
    const child = this.#child
    this.#child = null
    if (child === null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
}
