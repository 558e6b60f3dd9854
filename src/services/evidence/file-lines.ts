import { createReadStream } from 'node:fs'

/** The lines of a file, without their line feeds; the last may lack it. */
export async function* linesOf(
  path: string,
): AsyncGenerator<{ readonly octets: Buffer; readonly isWhole: boolean }> {
  let rest: Buffer[] = []
  for await (const chunk of createReadStream(path, { highWaterMark: 256 * 1024 }) as AsyncIterable<Buffer>) {
    let from = 0
    for (let feed = chunk.indexOf(10); feed >= 0; feed = chunk.indexOf(10, from)) {
      rest.push(chunk.subarray(from, feed))
      yield { octets: rest.length === 1 ? (rest[0] as Buffer) : Buffer.concat(rest), isWhole: true }
      rest = []
      from = feed + 1
    }
    if (from < chunk.length) rest.push(chunk.subarray(from))
  }
  if (rest.length > 0) yield { octets: Buffer.concat(rest), isWhole: false }
}
