import type { Memo } from '../../domain/ports.ts'

/** What was answered, and until when that may be believed, by the clock. */
export interface Remembered<Said> {
  readonly said: Said
  readonly until: number
}

/** The same as it passes between threads: plain data. */
export interface PassedAnswer<Said> {
  readonly said: Said
  /** Milliseconds from now that it may be believed. */
  readonly counts: number
}

/** What a server answered, by what it was asked, each answer for as long as it may be believed. */
export class Answers<Said> {
  readonly #memo: Memo<string, Remembered<Said>>
  readonly #clock: () => number

  /** `clock`: milliseconds since some fixed time; never steps back. */
  constructor(memo: Memo<string, Remembered<Said>>, clock: () => number) {
    this.#memo = memo
    this.#clock = clock
  }

  find(key: string): Remembered<Said> | undefined {
    const held = this.#memo.get(key)
    return held !== undefined && held.until > this.#clock() ? held : undefined
  }

  /** `span` in milliseconds. */
  remember(key: string, said: Said, span: number): void {
    if (span > 0) this.#memo.set(key, { said, until: this.#clock() + span })
  }
}
