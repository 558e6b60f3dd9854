import { type Level, pino } from 'pino'
import { LineWriter } from './line-writer.ts'

/** The log: JSON lines on standard output. The only door to pino. */
export interface Log {
  /** One line a request. */
  record(line: object): void
  info(message: string, fields?: object): void
  warn(message: string, fields?: object): void
  error(message: string, fields?: object): void
  /** Writes out what is held back. */
  flush(): void
}

/** The log of the process, which writes. */
export interface ProcessLog extends Log {
  /** Lines that are made already, in UTF-8, each with its end. */
  lines(octets: Uint8Array): void
  /** The least severe level of messages that are written from now on. */
  level(least: Level): void
  /** Octets that nobody has taken yet. */
  waiting(): number
  /** How many lines nobody took since the start. */
  lost(): number
  /** Resolves with false where whoever reads has taken nothing for so many milliseconds. */
  written(within: number): Promise<boolean>
}

/**
 * Lines are gathered for a moment and written together: a system call a request costs more than the line. The destinations of
 * pino are not used: theirs tries for ever to write out what nobody reads any more, and the process cannot end.
 */
export function openLog(level: Level): ProcessLog {
  const out = new LineWriter(1, BOUND, lostLine)
  const write = (text: string) => out.write(Buffer.from(text))
  process.on('exit', () => out.writeLast())
  const log = pino(
    {
      level,
      base: null,
      timestamp: () => `,"time":"${isoNow()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write },
  )
  return {
    record: (line) => write(requestLine(line)),
    lines: (octets) => out.write(octets),
    info: (message, fields = {}) => log.info(fields, message),
    warn: (message, fields = {}) => log.warn(fields, message),
    error: (message, fields = {}) => log.error(fields, message),
    flush: () => out.flush(),
    waiting: () => out.waiting,
    lost: () => out.lost,
    written: (within) => out.written(within),
    level: (least) => {
      log.level = least
    },
  }
}

/**
 * The line of a request, with its end. Made by hand: going through the logger costs nine times as much, and what became of
 * a request is told whatever the level of the messages.
 */
export function requestLine(line: object): string {
  return `{"level":"info","time":"${isoNow()}",${JSON.stringify(line).slice(1, -1)},"msg":"request"}\n`
}

function lostLine(lines: number): string {
  return `{"level":"error","time":"${isoNow()}","lines":${lines},"msg":"log lines lost: nobody took them"}\n`
}

/** The text of a millisecond is made once. */
function isoNow(): string {
  const now = Date.now()
  if (now !== told) {
    told = now
    text = new Date(now).toISOString()
  }
  return text
}

let told = 0
let text = ''
/** Octets. */
const BOUND = 64 * 1024 * 1024
