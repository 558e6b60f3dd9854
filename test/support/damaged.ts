import type { Seeded } from './seeded.ts'

/** A message with up to so many things wrong in it: pieces put in or in place of others, octets left out, a stretch said twice. */
export function damaged(octets: string, random: Seeded, most: number, pieces: readonly string[]): string {
  let text = octets
  for (let left = random.below(most + 1); left > 0; left--) {
    const at = random.below(text.length + 1)
    const how = random.below(10)
    if (how < 6) {
      text = text.slice(0, at) + random.pick(pieces) + text.slice(how < 3 ? at + random.below(4) : at)
    } else if (how < 8) text = text.slice(0, at) + text.slice(at + random.below(4))
    else text = text.slice(0, at) + text.slice(Math.max(0, at - 20))
  }
  return text
}

/** What has parted readers of HTTP/1.1 before. */
export const PIECES: readonly string[] = [
  ...[
    '\r',
    '\n',
    '\r\n',
    '\r\n\r\n',
    '\n\n',
    ' ',
    '\t',
    ':',
    ';',
    ',',
    '\0',
    '\x0b',
    '\x7f',
    '\x80',
    '\xff',
    '"',
  ],
  ...['0', '1', 'f', '-', '+', '0x', 'HTTP/1.1 '],
  ...['Content-Length: 5\r\n', 'Content-Length: 4, 4\r\n', 'content-length:2\r\n', 'Content-Length : 5\r\n'],
  ...[
    'Transfer-Encoding: chunked\r\n',
    'Transfer-Encoding: gzip, chunked\r\n',
    'transfer-encoding:\tCHUNKED\r\n',
  ],
  ...['Connection: close\r\n', 'Trailer: x\r\n', ' folded\r\n', '0\r\n\r\n', '5\r\nhello\r\n'],
]
