import { promisify } from 'node:util'
import { inflate } from 'node:zlib'

/** Inflates ZLIB data (RFC 1950), off the main thread, to at most so many octets: a small text can name gigabytes. */
export async function inflateBounded(compressed: Buffer, largest: number): Promise<Buffer> {
  try {
    return await inflateZlib(compressed, { maxOutputLength: largest })
  } catch (problem) {
    const isTooLarge = (problem as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE'
    throw new Error(isTooLarge ? `holds more than ${largest} octets` : 'holds no ZLIB data')
  }
}

const inflateZlib = promisify<Buffer, { readonly maxOutputLength: number }, Buffer>(inflate)
