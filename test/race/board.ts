/** What the threads of a race have in common besides the ledger. */
export interface Board {
  /** Unix seconds of a clock that runs as fast as the threads do. */
  readonly clock: SharedArrayBuffer
  /** For each proof, how often it was accepted. */
  readonly firsts: SharedArrayBuffer
  readonly doubles: SharedArrayBuffer
}

export function newBoard(): Board {
  const clock = new SharedArrayBuffer(4)
  new Int32Array(clock)[0] = BASE
  return { clock, firsts: new SharedArrayBuffer(PROOFS), doubles: new SharedArrayBuffer(4) }
}

export function boardOf({ clock, firsts, doubles }: Board) {
  return {
    now: new Int32Array(clock),
    firsts: new Uint8Array(firsts),
    doubles: new Int32Array(doubles),
    bed: new Int32Array(new SharedArrayBuffer(4)),
  }
}

export const BASE = 1_800_000_000
/** Of the race's clock; a real second lasts some milliseconds, so tables turn every few dozen. */
export const SPAN = 8
export const PROOFS_A_SECOND = 2_500
/** For 60 % of its words are taken before it turns. */
export const WORDS = 2 ** 15
const PROOFS = 2 ** 27
