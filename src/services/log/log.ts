import { destination, type Level, pino } from 'pino'

/** The one log of the process: JSON lines on standard output. The only door to pino. */
export interface Log {
  /** One line a request. */
  record(line: object): void
  info(message: string, fields?: object): void
  warn(message: string, fields?: object): void
  error(message: string, fields?: object): void
  /** Writes out what is held back. */
  flush(): void
}

export interface LogOptions {
  readonly level: Level
  /** Whether requests that were let through are recorded as well as refusals. */
  readonly access: boolean
}

/** Lines are gathered for a moment and written together: a system call a request costs more than the line. */
export function openLog({ level }: LogOptions): Log {
  const out = destination({ dest: 1, sync: false, minLength: 8192, periodicFlush: 100 })
  const log = pino(
    {
      level,
      base: null,
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    out,
  )
  return {
    record: (line) => log.info(line, 'request'),
    info: (message, fields = {}) => log.info(fields, message),
    warn: (message, fields = {}) => log.warn(fields, message),
    error: (message, fields = {}) => log.error(fields, message),
    flush: () => out.flushSync(),
  }
}
