import type { HttpBindings } from '@hono/node-server'
import { Hono } from 'hono'
import { type AccessToken, Admission } from '../../../src/index.ts'
import { type Guard, judge } from './guard.ts'

/** A Hono app behind the decision, for `@hono/node-server`. */
export function honoApp(guard: Guard) {
  const app = new Hono<{ Bindings: HttpBindings; Variables: { token: AccessToken | null } }>()
  app.use(async (context, next) => {
    const verdict = await judge(context.env.incoming, guard)
    if (verdict instanceof Admission) {
      context.set('token', verdict.token)
      return next()
    }
    const headers = new Headers()
    for (let at = 0; at < verdict.fields.length; at += 2)
      headers.append(verdict.fields[at] as string, verdict.fields[at + 1] as string)
    return new Response(verdict.body, { status: verdict.status, headers })
  })
  app.get('/accounts', (context) => context.json({ subject: context.get('token')?.subject }))
  return app
}
