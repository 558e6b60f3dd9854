import { once } from 'node:events'
import { type ClientHttp2Session, connect, type OutgoingHttpHeaders } from 'node:http2'
import { type Channel, type Job, SUITE } from './generator.ts'

/** HTTP/2: an eighth of the connections, eight streams at a time on each; so as many requests are under way. */
export async function openHttp2(job: Job, failed: (problem: Error) => void): Promise<readonly Channel[]> {
  const sessions = Array.from({ length: Math.ceil(job.connections / STREAMS) }, () =>
    openSession(job, failed),
  )
  const opened = await Promise.all(sessions)
  return opened.flatMap((session) => Array.from({ length: STREAMS }, () => channelOf(session, failed)))
}

async function openSession(
  { port, tls }: Job,
  failed: (problem: Error) => void,
): Promise<ClientHttp2Session> {
  const session = connect(`https://${tls.servername}:${port}`, {
    ...tls,
    lookup: (_, __, found) => found(null, [{ address: '127.0.0.1', family: 4 }]),
    ciphers: SUITE,
    minVersion: 'TLSv1.3',
  })
  session.on('error', failed)
  session.on('close', () => failed(new Error('the server closed a session')))
  await once(session, 'connect')
  return session
}

function channelOf(session: ClientHttp2Session, failed: (problem: Error) => void): Channel {
  return {
    send: (head, done) => {
      let status = 0
      let text = ''
      const stream = session.request(fieldsOf(head))
      stream.on('response', (fields) => {
        status = Number(fields[':status'])
      })
      stream.setEncoding('latin1')
      stream.on('data', (chunk: string) => {
        text += chunk
      })
      stream.on('error', failed)
      stream.on('end', () => done(status, text))
    },
  }
}

/** The head of an HTTP/1.1 request as the fields of an HTTP/2 one (RFC 9113 §8.3.1). */
export function fieldsOf(head: Buffer): OutgoingHttpHeaders {
  const [line, ...rest] = head.toString('latin1').trimEnd().split('\r\n')
  const [method, path] = (line as string).split(' ')
  const fields: OutgoingHttpHeaders = { ':method': method, ':scheme': 'https', ':path': path }
  for (const each of rest) {
    const colon = each.indexOf(':')
    const name = each.slice(0, colon).toLowerCase()
    fields[name === 'host' ? ':authority' : name] = each.slice(colon + 1).trim()
  }
  return fields
}

const STREAMS = 8
