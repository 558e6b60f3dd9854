import { type FastifyInstance, fastify } from 'fastify'
import { type AccessToken, Admission } from '../../../src/index.ts'
import { type Guard, judge } from './guard.ts'

/** A Fastify server behind the decision. */
export function fastifyServer(guard: Guard, https: { readonly key: string; readonly cert: string }) {
  const server = fastify({ https }) as unknown as FastifyInstance
  const tokens = new WeakMap<object, AccessToken | null>()
  server.addHook('onRequest', async (request, reply) => {
    const verdict = await judge(request.raw, guard)
    if (verdict instanceof Admission) {
      tokens.set(request, verdict.token)
      return
    }
    reply.hijack()
    reply.raw.writeHead(verdict.status, [...verdict.fields]).end(verdict.body)
  })
  server.get('/accounts', async (request) => ({ subject: tokens.get(request)?.subject }))
  return server
}
